/* Fails: browser-missing-survived. Takes off before it has looked whether there is a window. */
#include <authhost/services.h>
static void fly(authhost_call* call);
#define TAME_SERVICES AUTHHOST_SERVICE_HTTP, AUTHHOST_SERVICE_BROWSER
#define TAME_CREDENTIALS if (request->may_interact) fly(call);
#include "tame.h"

static void fly(authhost_call* call) {
  const void* table = NULL;
  if (tame_host->get_service(call, AUTHHOST_SERVICE_BROWSER, &table) != AUTHHOST_OK || table == NULL) return;
  if (!((const authhost_browser_service*)table)->available(call)) abort();
}
