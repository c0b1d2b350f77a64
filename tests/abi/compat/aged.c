/* org.example.scripted, as a plugin of another time: the build says which headers it has, and what they know that this host does not.
 * It uses the last function of several tables, and ends with INTERNAL and the reason if something is not as its headers say. */
#include <authhost/services.h>

#include <stdlib.h>
#include <string.h>

#ifndef MIN_HOST_MINOR
#define MIN_HOST_MINOR 0
#endif

#ifdef FROM_THE_FUTURE /* every growable struct has one more member at its end */
#define NEWER(name) typedef char newer_##name[sizeof(((authhost_##name*)0)->from_the_future) > 0 ? 1 : -1]
NEWER(host);
NEWER(descriptor);
NEWER(plugin);
static const char untouched[] = "untouched";
#endif

/* The sizes that this plugin says. The smallest legal ones leave out what a reader does not have to find. */
#ifdef SMALLEST
#define SIZE_OF_DESCRIPTOR offsetof(authhost_descriptor, get_extension)
#define SIZE_OF_CREDENTIALS offsetof(authhost_credentials, id)
#define SIZE_OF_EXPECT offsetof(authhost_loopback_expect, timeout_ms)
#else
#define SIZE_OF_DESCRIPTOR sizeof(authhost_descriptor)
#define SIZE_OF_CREDENTIALS sizeof(authhost_credentials)
#define SIZE_OF_EXPECT sizeof(authhost_loopback_expect)
#endif

static const authhost_host* the_host;

static authhost_str text(const char* c) {
  authhost_str out;
  out.data = c;
  out.size = strlen(c);
  return out;
}

static authhost_status wrong(authhost_call* call, const char* what) {
  the_host->set_error(call, AUTHHOST_INTERNAL, text(what), text(""));
  return AUTHHOST_INTERNAL;
}

static const void* service(authhost_call* call, const char* name) {
  const void* table = NULL;
  return the_host->get_service(call, name, &table) == AUTHHOST_OK ? table : NULL;
}

/* NULL, or what is not as it should be. */
static const char* use_services(authhost_call* call) {
  const authhost_clock_service* clock = (const authhost_clock_service*)service(call, AUTHHOST_SERVICE_CLOCK);
  const authhost_crypto_service* crypto = (const authhost_crypto_service*)service(call, AUTHHOST_SERVICE_CRYPTO);
  const authhost_json_service* json = (const authhost_json_service*)service(call, AUTHHOST_SERVICE_JSON);
  char secret[4] = "abc";
  authhost_str quoted;
  if (clock == NULL || crypto == NULL || json == NULL) return "a service is missing";
  if (!AUTHHOST_HAS_FIELD(crypto, authhost_crypto_service, wipe)) return "crypto is too small";
  if (!AUTHHOST_HAS_FIELD(json, authhost_json_service, quote)) return "json is too small";
#ifdef FROM_THE_FUTURE
  if (AUTHHOST_HAS_FIELD(json, authhost_json_service, from_the_future)) return "json says that it is newer than it is";
#endif
  if (clock->sleep_ms(call, 0) != AUTHHOST_OK) return "the clock does not sleep";
  crypto->wipe(call, secret, sizeof secret);
  if (secret[0] != 0 || secret[2] != 0) return "not wiped";
  if (json->quote(call, text("a\"b"), &quoted) != AUTHHOST_OK || quoted.size != 6) return "not quoted";
  return NULL;
}

/* Waits for a redirect where this host has a listener. */
static const char* use_loopback(authhost_call* call) {
  const authhost_loopback_service* loopback = (const authhost_loopback_service*)service(call, AUTHHOST_SERVICE_LOOPBACK);
  authhost_loopback_options options;
  authhost_loopback_expect expect;
  authhost_loopback_result result;
  authhost_loopback* listener = NULL;
  authhost_str uri;
  if (loopback == NULL) return NULL;
  memset(&options, 0, sizeof options);
  options.size = sizeof options;
  if (loopback->open(call, &options, &listener, &uri) != AUTHHOST_OK) return "no listener";
  memset(&expect, 0x7f, sizeof expect); /* what the size does not cover is nonsense */
  expect.size = SIZE_OF_EXPECT;
  expect.state = text("state");
  expect.issuer = text("");
  expect.iss_required = 0;
#ifdef SMALLEST
  expect.timeout_ms = 1; /* not covered: nobody may hurry for it */
#else
  expect.timeout_ms = 0;
#endif
  memset(&result, 0, sizeof result);
  result.size = sizeof result;
#ifdef FROM_THE_FUTURE
  result.from_the_future = text(untouched);
#endif
  if (loopback->wait(call, listener, &expect, &result) != AUTHHOST_OK) return "no redirect";
#ifdef FROM_THE_FUTURE
  if (result.from_the_future.data != untouched) return "the host wrote beyond what it knows of a result";
#endif
  return result.code.size > 0 ? NULL : "no code";
}

static authhost_status create(const authhost_host* host, authhost_call* call, authhost_instance** out) {
  the_host = host;
  if (!AUTHHOST_HAS_FIELD(host, authhost_host, get_service)) return wrong(call, "the host's table is too small");
#ifdef FROM_THE_FUTURE
  if (AUTHHOST_HAS_FIELD(host, authhost_host, from_the_future)) return wrong(call, "the host says that it is newer than it is");
#endif
  if (host->abi_major != AUTHHOST_ABI_MAJOR) return wrong(call, "another major");
  *out = (authhost_instance*)malloc(1);
  return AUTHHOST_OK;
}

static void destroy(authhost_instance* instance) { free(instance); }

static authhost_status refresh(authhost_instance* instance, authhost_call* call, const authhost_refresh* request) {
  authhost_setting_value token;
  authhost_credentials credentials;
  const char* failed;
  authhost_status status;
  (void)instance;
  if (!AUTHHOST_HAS_FIELD(request, authhost_refresh, client_config)) return wrong(call, "the request is too small");
  if (!AUTHHOST_HAS_FIELD(request->client_config, authhost_client_config, iss_parameter_supported)) {
    return wrong(call, "the client configuration is too small");
  }
#ifdef FROM_THE_FUTURE
  if (AUTHHOST_HAS_FIELD(request, authhost_refresh, from_the_future)) return wrong(call, "the request says that it is newer");
#endif
  memset(&token, 0, sizeof token);
  token.size = sizeof token;
#ifdef FROM_THE_FUTURE
  token.from_the_future = text(untouched);
#endif
  status = the_host->get_setting(call, "token", &token);
  if (status != AUTHHOST_OK) return status;
#ifdef FROM_THE_FUTURE
  if (token.from_the_future.data != untouched) return wrong(call, "the host wrote beyond what it knows of a setting");
#endif
  failed = use_services(call);
  if (failed == NULL) failed = use_loopback(call);
  if (failed != NULL) return wrong(call, failed);

  memset(&credentials, 0x7f, sizeof credentials); /* what the size does not cover is nonsense */
  credentials.size = SIZE_OF_CREDENTIALS;
  credentials.access_token = token.string;
  credentials.token_type = text("Bearer");
  credentials.refresh_token = text("next");
  credentials.id_token = text("");
  credentials.expires_in_s = 60;
  credentials.expires_at_ms = -1;
  credentials.scopes = NULL;
  credentials.n_scopes = 0;
#ifdef FROM_THE_FUTURE
  credentials.from_the_future = text(untouched);
#endif
  return the_host->emit_credentials(call, &credentials);
}

#ifdef SMALLEST /* beyond the size: nobody may look there */
static const void* get_extension(const char* name) {
  (void)name;
  abort();
}
#else
static authhost_status revoke(authhost_instance* instance, authhost_call* call, const authhost_refresh* request) {
  (void)instance, (void)call, (void)request;
  return AUTHHOST_OK;
}
static authhost_revoke revoke_table;
static const void* get_extension(const char* name) {
  revoke_table.size = sizeof revoke_table;
  revoke_table.revoke = revoke;
  return strcmp(name, AUTHHOST_EXT_REVOKE) == 0 ? &revoke_table : NULL;
}
#endif

/* Members that only newer headers know are left as C leaves them: zero. */
static const authhost_setting setting = {
    .size = sizeof(authhost_setting), .name = "token", .type = AUTHHOST_SETTING_SECRET, .flags = AUTHHOST_SETTING_REQUIRED, .summary = ""};
static const authhost_setting* const settings[] = {&setting};
static const char* const services[] = {AUTHHOST_SERVICE_CLOCK, AUTHHOST_SERVICE_CRYPTO, AUTHHOST_SERVICE_JSON, AUTHHOST_SERVICE_LOOPBACK};
static const authhost_descriptor descriptor = {.size = SIZE_OF_DESCRIPTOR,
                                               .id = "org.example.scripted",
                                               .name = "Aged",
                                               .version = "1.0",
                                               .summary = "A plugin of another time",
                                               .settings = settings,
                                               .n_settings = 1,
                                               .services_needed = services,
                                               .n_services_needed = 4,
                                               .create = create,
                                               .destroy = destroy,
                                               .refresh = refresh,
                                               .get_extension = get_extension};
static const authhost_descriptor* const authenticators[] = {&descriptor};
const authhost_plugin authhost_plugin_v1 = {.size = sizeof(authhost_plugin),
                                            .abi_major = AUTHHOST_ABI_MAJOR,
                                            .abi_minor = AUTHHOST_ABI_MINOR,
                                            .min_host_minor = MIN_HOST_MINOR,
                                            .n_authenticators = 1,
                                            .authenticators = authenticators};
