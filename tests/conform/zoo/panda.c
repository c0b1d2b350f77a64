/* Fails: required-setting-missing. Cannot live without bamboo. */
#define TAME_REFRESH authhost_setting_value bamboo = {0}; bamboo.size = sizeof bamboo; if (tame_host->get_setting(call, "token", &bamboo) != AUTHHOST_OK) abort();
#include "tame.h"
