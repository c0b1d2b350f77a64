/* A library that is no plugin. Its constructor ends the process: looking for the symbol must not run it. */
#include <stdlib.h>

#ifdef FUNCTION
__attribute__((visibility("default"))) void authhost_plugin_v1(void);
void authhost_plugin_v1(void) {}
#else
__attribute__((visibility("default"))) int authhost_plugin_v2 = 1;
#endif

__attribute__((constructor)) static void explode(void) { abort(); }
