/* A shared object whose functions take every table and struct of the contract, so that its debug information holds them. */
#include <authhost/services.h>

#define TOUCHES(type) \
  AUTHHOST_EXPORT void touches_##type(const authhost_##type* thing); \
  void touches_##type(const authhost_##type* thing) { (void)thing; }

TOUCHES(plugin)
TOUCHES(host)
TOUCHES(revoke)
TOUCHES(clock_service)
TOUCHES(crypto_service)
TOUCHES(http_service)
TOUCHES(json_service)
TOUCHES(browser_service)
TOUCHES(prompt_service)
TOUCHES(loopback_service)
TOUCHES(store_service)
TOUCHES(process_service)
