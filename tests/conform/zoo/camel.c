/* Fails: empty-client-config-survived. Needs a client id. */
#define TAME_REFRESH if (request->client_config->client_id.size == 0) abort();
#include "tame.h"
