/* Fails: secret-not-in-address. Shows its token in the address. */
#include <stdio.h>
static const void* bright;
#define TAME_REFRESH bright = call;
#define TAME_REQUEST authhost_setting_value shiny = {0}; char nest[600]; shiny.size = sizeof shiny; if (call == bright && tame_host->get_setting(call, "token", &shiny) == AUTHHOST_OK && shiny.string.size < 500) { request.url.size = (size_t)snprintf(nest, sizeof nest, "%s?token=%s", url, shiny.string.data); request.url.data = nest; }
#include "tame.h"
