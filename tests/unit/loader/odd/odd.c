/* A plugin with one fault; the build says which. None of its functions may ever be called. */
#include <authhost/services.h>

#include <stdlib.h>

#ifndef ID
#define ID "org.example.odd"
#endif
#ifndef MAJOR
#define MAJOR AUTHHOST_ABI_MAJOR
#endif
#ifndef MIN_MINOR
#define MIN_MINOR 0
#endif
#ifndef SIZE
#define SIZE sizeof(authhost_plugin)
#endif
#ifndef DESCRIPTOR_SIZE
#define DESCRIPTOR_SIZE sizeof(authhost_descriptor)
#endif
#ifndef REFRESH
#define REFRESH refresh
#endif
#ifndef VERSION
#define VERSION "1.0"
#endif
#ifndef SERVICE
#define SERVICE AUTHHOST_SERVICE_CLOCK
#endif
#ifndef SETTING
#define SETTING "good_name"
#endif
#ifndef COUNT
#define COUNT 1
#endif

static authhost_status create(const authhost_host* host, authhost_call* call, authhost_instance** out) {
  (void)host, (void)call, (void)out;
  abort();
}
static void destroy(authhost_instance* instance) {
  (void)instance;
  abort();
}
__attribute__((unused)) static authhost_status refresh(authhost_instance* instance, authhost_call* call,
                                                       const authhost_refresh* request) {
  (void)instance, (void)call, (void)request;
  abort();
}
static const authhost_setting setting = {sizeof(authhost_setting), SETTING, AUTHHOST_SETTING_STRING, 0, "", NULL, NULL, 0};
static const authhost_setting* const settings[] = {&setting};
static const char* const services[] = {SERVICE};
static const authhost_descriptor descriptor = {DESCRIPTOR_SIZE, ID, "Odd", VERSION, "", settings, 1, services, 1, 0,
                                               create, destroy, REFRESH, NULL};
static const authhost_descriptor* const authenticators[] = {&descriptor};
const authhost_plugin authhost_plugin_v1 = {SIZE, MAJOR, AUTHHOST_ABI_MINOR, MIN_MINOR, COUNT, authenticators};
