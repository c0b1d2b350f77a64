/* A plugin that needs a function which nobody has. */
#include <authhost/abi.h>

extern authhost_status authhost_nobody_has_this(authhost_instance*, authhost_call*, const authhost_refresh*);

static authhost_status create(const authhost_host* host, authhost_call* call, authhost_instance** out) {
  (void)host, (void)call, (void)out;
  return authhost_nobody_has_this(NULL, NULL, NULL);
}
static void destroy(authhost_instance* instance) { (void)instance; }
static const authhost_descriptor descriptor = {sizeof(authhost_descriptor), "org.example.needy", "Needy", "1.0", "", NULL, 0,
                                               NULL, 0, 0, create, destroy, authhost_nobody_has_this, NULL};
static const authhost_descriptor* const authenticators[] = {&descriptor};
const authhost_plugin authhost_plugin_v1 = {sizeof(authhost_plugin), AUTHHOST_ABI_MAJOR, AUTHHOST_ABI_MINOR, 0, 1,
                                            authenticators};
