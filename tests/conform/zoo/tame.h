/* tame.h: a well-behaved plugin in C, for animals that differ from it in one thing. An animal defines TAME_… before it includes this:
 *
 *   TAME_CREATE, TAME_DESTROY, TAME_REFRESH, TAME_REVOKE   statements at the beginning of these functions
 *   TAME_REQUEST, TAME_ANSWERED                            before `request` is sent; after `response` came
 *   TAME_CREDENTIALS                                       before `out` is emitted
 *   TAME_ID, TAME_NAME, TAME_SERVICES, …                   values in the descriptor
 *
 * The line `Fails:` of an animal names the cases that it fails, all others pass.
 *
 * It asks the host's HTTP for a token at https://idp.conform.example/token, and hands out the one of its setting `token`. */
#ifndef TAME_H
#define TAME_H

#include <authhost/abi.h>
#include <authhost/services.h>

#include <stdlib.h>
#include <string.h>

#ifndef TAME_ID
#define TAME_ID "org.example.animal"
#endif
#ifndef TAME_NAME
#define TAME_NAME "Animal"
#endif
#ifndef TAME_VERSION
#define TAME_VERSION "1.0.0"
#endif
#ifndef TAME_SERVICES
#define TAME_SERVICES AUTHHOST_SERVICE_HTTP, AUTHHOST_SERVICE_CLOCK
#endif
#ifndef TAME_CAPABILITIES
#define TAME_CAPABILITIES 0
#endif
#ifndef TAME_CREATE
#define TAME_CREATE
#endif
#ifndef TAME_DESTROY
#define TAME_DESTROY
#endif
#ifndef TAME_REFRESH
#define TAME_REFRESH
#endif
#ifndef TAME_REQUEST
#define TAME_REQUEST
#endif
#ifndef TAME_ANSWERED
#define TAME_ANSWERED
#endif
#ifndef TAME_CREDENTIALS
#define TAME_CREDENTIALS
#endif
#ifndef TAME_REVOKE
#define TAME_REVOKE
#endif
#ifndef TAME_DEFAULT
#define TAME_DEFAULT "30s"
#endif
#ifndef TAME_SECOND_SETTING
#define TAME_SECOND_SETTING "patience"
#endif

static const authhost_host* tame_host;
static authhost_status tame_say(authhost_call* call, authhost_status status, const char* why);

/* One request; the animal sees the answer as `response`. */
static authhost_status tame_ask(authhost_call* call, authhost_http_response* response) {
  static const char url[] = "https://idp.conform.example/token";
  static const char method[] = "POST";
  const void* table = NULL;
  authhost_http_request request;
  authhost_status status = tame_host->get_service(call, AUTHHOST_SERVICE_HTTP, &table);
  if (status != AUTHHOST_OK) return status;
  if (table == NULL) {
    static const char why[] = "this host has no HTTP";
    authhost_str message, hint = {"", 0};
    message.data = why;
    message.size = sizeof why - 1;
    tame_host->set_error(call, AUTHHOST_PLUGIN, message, hint);
    return AUTHHOST_PLUGIN;
  }
  memset(&request, 0, sizeof request);
  request.size = sizeof request;
  request.method.data = method;
  request.method.size = sizeof method - 1;
  request.url.data = url;
  request.url.size = sizeof url - 1;
  TAME_REQUEST
  memset(response, 0, sizeof *response);
  response->size = sizeof *response;
  return ((const authhost_http_service*)table)->send(call, &request, response);
}

static authhost_status tame_say(authhost_call* call, authhost_status status, const char* why) {
  authhost_str message, hint = {"", 0};
  message.data = why;
  message.size = strlen(why);
  tame_host->set_error(call, status, message, hint);
  return status;
}

static authhost_status tame_create(const authhost_host* host, authhost_call* call, authhost_instance** out) {
  (void)call;
  tame_host = host;
  *out = (authhost_instance*)malloc(1);
  TAME_CREATE
  return AUTHHOST_OK;
}

static void tame_destroy(authhost_instance* instance) {
  TAME_DESTROY
  free(instance);
}

static authhost_status tame_refresh(authhost_instance* instance, authhost_call* call, const authhost_refresh* request) {
  authhost_setting_value token;
  authhost_http_response response;
  authhost_credentials out;
  authhost_status status;
  (void)instance;
  (void)request;
  memset(&token, 0, sizeof token);
  token.size = sizeof token;
  TAME_REFRESH
  status = tame_host->get_setting(call, "token", &token);
  if (status != AUTHHOST_OK) return status;
  status = tame_ask(call, &response);
  if (status != AUTHHOST_OK) return status;
  TAME_ANSWERED
  if (response.status >= 500) return tame_say(call, AUTHHOST_UNAVAILABLE, "the server has trouble");
  if (response.status != 200) return tame_say(call, AUTHHOST_DENIED, "the server said no");
  memset(&out, 0, sizeof out);
  out.size = sizeof out;
  out.access_token = token.string;
  out.expires_in_s = 300;
  out.expires_at_ms = -1;
  TAME_CREDENTIALS
  return tame_host->emit_credentials(call, &out);
}

static authhost_status tame_revoke(authhost_instance* instance, authhost_call* call, const authhost_refresh* request) {
  authhost_http_response response;
  (void)instance;
  (void)request;
  TAME_REVOKE
  return tame_ask(call, &response);
}

static const authhost_revoke tame_revocation = {sizeof(authhost_revoke), tame_revoke};
#ifndef TAME_EXTENSION
static const void* tame_extension(const char* name) { return strcmp(name, AUTHHOST_EXT_REVOKE) == 0 ? &tame_revocation : NULL; }
#define TAME_EXTENSION tame_extension
#endif

static const authhost_setting tame_token = {
    sizeof(authhost_setting), "token", AUTHHOST_SETTING_SECRET, AUTHHOST_SETTING_REQUIRED, "the token", NULL, NULL, 0};
static const authhost_setting tame_patience = {
    sizeof(authhost_setting), TAME_SECOND_SETTING, AUTHHOST_SETTING_DURATION, 0, "how long to wait", TAME_DEFAULT, NULL, 0};
static const authhost_setting* const tame_settings[] = {&tame_token, &tame_patience};
static const char* const tame_services[] = {TAME_SERVICES};

#ifndef TAME_FUNCTION
#define TAME_FUNCTION tame_refresh
#endif
#ifndef TAME_SIZE
#define TAME_SIZE sizeof(authhost_descriptor)
#endif
static const authhost_descriptor tame_descriptor = {TAME_SIZE,
                                                    TAME_ID,
                                                    TAME_NAME,
                                                    TAME_VERSION,
                                                    "Does one thing oddly",
                                                    tame_settings,
                                                    2,
                                                    tame_services,
                                                    sizeof tame_services / sizeof tame_services[0],
                                                    TAME_CAPABILITIES,
                                                    tame_create,
                                                    tame_destroy,
                                                    TAME_FUNCTION,
                                                    TAME_EXTENSION};
static const authhost_descriptor* const tame_authenticators[] = {&tame_descriptor};

#ifndef TAME_MIN_MINOR
#define TAME_MIN_MINOR 0
#endif
#ifndef TAME_MAJOR
#define TAME_MAJOR AUTHHOST_ABI_MAJOR
#endif
const authhost_plugin authhost_plugin_v1 = {sizeof(authhost_plugin), TAME_MAJOR, AUTHHOST_ABI_MINOR, TAME_MIN_MINOR, 1, tame_authenticators};

#endif
