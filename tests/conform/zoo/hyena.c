/* Fails: undeclared-services-not-asked. Asks for what it did not declare. */
#define TAME_REFRESH const void* prey; tame_host->get_service(call, AUTHHOST_SERVICE_JSON, &prey);
#include "tame.h"
