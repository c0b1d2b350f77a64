/* org.example.scripted: a well-behaved plugin that does what its setting `act` says. Built several times with other ids. */
#include <authhost/services.h>

#include <stdlib.h>
#include <string.h>

#ifndef ID
#define ID "org.example.scripted"
#endif

static const authhost_host* the_host;

static authhost_str text(const char* c) {
  authhost_str out;
  out.data = c;
  out.size = strlen(c);
  return out;
}

static authhost_setting_value setting(authhost_call* call, const char* name, authhost_status* status) {
  authhost_setting_value value;
  memset(&value, 0, sizeof value);
  value.size = sizeof value;
  *status = the_host->get_setting(call, name, &value);
  return value;
}

static int is(authhost_setting_value value, const char* word) { return strcmp(value.string.data, word) == 0; }

static authhost_status emit(authhost_call* call) {
  authhost_status status;
  authhost_credentials out;
  authhost_str scopes[2];
  authhost_setting_value value;
  memset(&out, 0, sizeof out);
  out.size = sizeof out;
  value = setting(call, "token", &status);
  if (status != AUTHHOST_OK) return status;
  out.access_token = value.string;
  out.refresh_token = setting(call, "next_refresh", &status).string;
  out.id_token = setting(call, "id_token", &status).string;
  out.token_type = setting(call, "token_type", &status).string;
  out.expires_in_s = setting(call, "expires_in", &status).integer;
  out.expires_at_ms = setting(call, "expires_at", &status).integer;
  scopes[0] = text("read");
  scopes[1] = text("write");
  out.scopes = scopes;
  out.n_scopes = 2;
  return the_host->emit_credentials(call, &out);
}

/* Quotes the secret, the previous refresh token, control characters. */
static authhost_status leak(authhost_call* call, const authhost_refresh* request) {
  char message[512] = "the server said ";
  authhost_status status;
  strncat(message, setting(call, "token", &status).string.data, 100);
  if (request->previous) strncat(message, request->previous->refresh_token.data, 100);
  strcat(message, "\n\033[31mred");
  the_host->set_error(call, AUTHHOST_DENIED, text(message), text(message));
  return AUTHHOST_DENIED;
}

static authhost_status ask_http(authhost_call* call) {
  const authhost_http_service* http = NULL;
  authhost_http_request request;
  authhost_http_response response;
  authhost_status status = the_host->get_service(call, AUTHHOST_SERVICE_HTTP, (const void**)&http);
  if (status != AUTHHOST_OK) return status;
  if (http == NULL) {
    the_host->set_error(call, AUTHHOST_PLUGIN, text("no http here"), text(""));
    return AUTHHOST_PLUGIN;
  }
  memset(&request, 0, sizeof request);
  request.size = sizeof request;
  request.method = text("POST");
  request.url = text("https://example.com/token");
  request.body = text("a=b");
  memset(&response, 0, sizeof response);
  response.size = sizeof response;
  status = http->send(call, &request, &response);
  if (status != AUTHHOST_OK) return status;
  if (response.status == 503) {
    the_host->set_error(call, AUTHHOST_UNAVAILABLE, text("the server is busy"), text(""));
    return AUTHHOST_UNAVAILABLE;
  }
  return emit(call);
}

/* Opens a listener, waits, and forgets to close it. */
static authhost_status listen(authhost_call* call) {
  const authhost_loopback_service* loopback = NULL;
  authhost_loopback_options options;
  authhost_loopback_expect expect;
  authhost_loopback_result result;
  authhost_loopback* listener = NULL;
  authhost_str uri;
  authhost_status status = the_host->get_service(call, AUTHHOST_SERVICE_LOOPBACK, (const void**)&loopback);
  if (status != AUTHHOST_OK) return status;
  memset(&options, 0, sizeof options);
  options.size = sizeof options;
  status = loopback->open(call, &options, &listener, &uri);
  if (status != AUTHHOST_OK) return status;
  memset(&expect, 0, sizeof expect);
  expect.size = sizeof expect;
  expect.state = text("the-state");
  memset(&result, 0, sizeof result);
  result.size = sizeof result;
  status = loopback->wait(call, listener, &expect, &result);
  if (status != AUTHHOST_OK) return status;
  loopback->close(call, listener);
  if (result.code.size == 0) {
    the_host->set_error(call, AUTHHOST_DENIED, result.error, text(""));
    return AUTHHOST_DENIED;
  }
  return emit(call);
}

/* Everything that json/1 and crypto/1 promise, seen from C. */
static authhost_status compute(authhost_call* call) {
  const authhost_json_service* json = NULL;
  const authhost_crypto_service* crypto = NULL;
  const authhost_json_value* root = NULL;
  authhost_str out;
  const char* failed = NULL;
  if (the_host->get_service(call, AUTHHOST_SERVICE_JSON, (const void**)&json) != AUTHHOST_OK) return AUTHHOST_INTERNAL;
  if (the_host->get_service(call, AUTHHOST_SERVICE_CRYPTO, (const void**)&crypto) != AUTHHOST_OK) return AUTHHOST_INTERNAL;
  if (json->parse(call, text("{\"a\":[1,true,\"x\",null],\"b\":{\"c\":2.5}}"), &root) != AUTHHOST_OK) return AUTHHOST_INTERNAL;
  if (json->type(call, root) != AUTHHOST_JSON_OBJECT || json->length(call, root) != 2) failed = "object";
  if (json->length(call, json->member(call, root, "a")) != 4) failed = "array";
  if (json->number(call, json->item(call, json->member(call, root, "a"), 0)) != 1.0) failed = "item";
  if (json->boolean(call, json->item(call, json->member(call, root, "a"), 1)) != 1) failed = "boolean";
  if (strcmp(json->string(call, json->item(call, json->member(call, root, "a"), 2)).data, "x") != 0) failed = "string";
  if (json->item(call, json->member(call, root, "a"), 4) != NULL) failed = "past the end";
  if (json->member(call, root, "z") != NULL || json->type(call, NULL) != AUTHHOST_JSON_NULL) failed = "absent";
  if (strcmp(json->key(call, root, 1).data, "b") != 0) failed = "key";
  if (json->quote(call, text("a\"b"), &out) != AUTHHOST_OK || strcmp(out.data, "\"a\\\"b\"") != 0) failed = "quote";
  if (json->parse(call, text("{\"a\":1,\"a\":2}"), &root) != AUTHHOST_PROTOCOL || root != NULL) failed = "duplicate";
  if (crypto->base64_encode(call, text("hi?>"), AUTHHOST_BASE64_URL_UNPADDED, &out) != AUTHHOST_OK ||
      strcmp(out.data, "aGk_Pg") != 0) {
    failed = "base64";
  }
  if (crypto->base64_decode(call, text("aGk_Pg"), AUTHHOST_BASE64_URL_UNPADDED, &out) != AUTHHOST_OK || out.size != 4) failed = "decode";
  if (crypto->base64_encode(call, text("x"), 7, &out) != AUTHHOST_USAGE) failed = "alphabet";
  if (failed != NULL) {
    the_host->set_error(call, AUTHHOST_INTERNAL, text(failed), text(""));
    return AUTHHOST_INTERNAL;
  }
  return emit(call);
}

static authhost_status ask_service(authhost_call* call, const char* name) {
  const void* table = NULL;
  authhost_status status = the_host->get_service(call, name, &table);
  return status != AUTHHOST_OK ? status : emit(call);
}

/* Stores until it is refused. */
static authhost_status hoard(authhost_call* call) {
  static char much[60000];
  const authhost_store_service* store = NULL;
  const authhost_str value = {much, sizeof much};
  char name[] = "a";
  authhost_status status = the_host->get_service(call, AUTHHOST_SERVICE_STORE, (const void**)&store);
  memset(much, 'x', sizeof much);
  for (; status == AUTHHOST_OK && name[0] <= 'z'; ++name[0]) status = store->put(call, name, value);
  return status == AUTHHOST_USAGE ? emit(call) : AUTHHOST_INTERNAL;
}

/* Puts four others in the place of four that fill it. */
static authhost_status exchange(authhost_call* call) {
  static char much[60000];
  const authhost_store_service* store = NULL;
  const authhost_str value = {much, sizeof much};
  char gone[] = "w";
  char name[] = "a";
  authhost_status status = the_host->get_service(call, AUTHHOST_SERVICE_STORE, (const void**)&store);
  memset(much, 'n', sizeof much);
  for (; status == AUTHHOST_OK && gone[0] <= 'z'; ++gone[0]) status = store->drop(call, gone);
  for (; status == AUTHHOST_OK && name[0] <= 'd'; ++name[0]) status = store->put(call, name, value);
  return status == AUTHHOST_OK ? emit(call) : status;
}

/* Looks at both clocks, over and over. */
static authhost_status poll(authhost_call* call) {
  const authhost_clock_service* clock = NULL;
  int i;
  if (the_host->get_service(call, AUTHHOST_SERVICE_CLOCK, (const void**)&clock) != AUTHHOST_OK) return AUTHHOST_INTERNAL;
  for (i = 0; i < 60000; ++i) {
    if (clock->now_ms(call) <= 0) return AUTHHOST_INTERNAL;
    if (the_host->is_cancelled(call) != 0) return AUTHHOST_CANCELLED;
  }
  return emit(call);
}

/* A struct of the future is filled as far as this host knows it, and says so. */
static authhost_status ask_of_the_future(authhost_call* call) {
  struct {
    authhost_setting_value known;
    char more[16];
  } value;
  memset(&value, 7, sizeof value);
  value.known.size = sizeof value;
  if (the_host->get_setting(call, "token", &value.known) != AUTHHOST_OK) return AUTHHOST_INTERNAL;
  if (value.known.size != sizeof value.known || value.more[0] != 7) return AUTHHOST_INTERNAL;
  return emit(call);
}

/* Counts its own calls in the store. */
static authhost_status count(authhost_call* call) {
  const authhost_store_service* store = NULL;
  authhost_str value;
  char next[2] = "1";
  int32_t found = 0;
  if (the_host->get_service(call, AUTHHOST_SERVICE_STORE, (const void**)&store) != AUTHHOST_OK || store == NULL) return AUTHHOST_INTERNAL;
  if (store->get(call, "count", &found, &value) != AUTHHOST_OK) return AUTHHOST_INTERNAL;
  if (found) next[0] = (char)(value.data[0] + 1);
  if (store->put(call, "count", text(next)) != AUTHHOST_OK) return AUTHHOST_INTERNAL;
  return emit(call);
}

/* What it kept is any two bytes. */
static authhost_status recall(authhost_call* call) {
  const authhost_store_service* store = NULL;
  authhost_str value;
  int32_t found = 0;
  if (the_host->get_service(call, AUTHHOST_SERVICE_STORE, (const void**)&store) != AUTHHOST_OK || store == NULL) return AUTHHOST_INTERNAL;
  if (store->get(call, "any", &found, &value) != AUTHHOST_OK || !found) return AUTHHOST_INTERNAL;
  if (value.size != 2 || memcmp(value.data, "\001\377", 2) != 0) return AUTHHOST_INTERNAL;
  return emit(call);
}

static authhost_status create(const authhost_host* host, authhost_call* call, authhost_instance** out) {
#ifdef CREATE_FAILS
  (void)out;
  host->set_error(call, AUTHHOST_INTERNAL, text("no room for an instance"), text("buy memory"));
  return AUTHHOST_INTERNAL;
#elif defined(CREATE_NOTHING)
  (void)host, (void)call, (void)out;
  return AUTHHOST_OK;
#else
  authhost_setting_value early;
  const authhost_store_service* store = NULL;
  authhost_str nothing;
  int32_t found = 0;
  memset(&early, 0, sizeof early);
  early.size = sizeof early;
  if (host->get_setting(call, "token", &early) != AUTHHOST_USAGE) return AUTHHOST_INTERNAL;
  if (host->get_service(call, AUTHHOST_SERVICE_STORE, (const void**)&store) != AUTHHOST_OK) store = NULL;
  if (store != NULL && store->get(call, "count", &found, &nothing) != AUTHHOST_USAGE) return AUTHHOST_INTERNAL;
  the_host = host;
  *out = (authhost_instance*)malloc(1);
  return AUTHHOST_OK;
#endif
}

static authhost_status chatter(authhost_call* call) {
  int i;
  for (i = 0; i < 400; ++i) the_host->log(call, AUTHHOST_LOG_ERROR, text("an error line that goes on"));
  return emit(call);
}

/* Goes on after a failure, and tells of it in its own words. */
static authhost_status retell(authhost_call* call) {
  authhost_status status;
  authhost_str why, what_to_do;
  the_host->last_error(call, &why, &what_to_do);
  if (why.size != 0 || what_to_do.size != 0) return AUTHHOST_INTERNAL;
  the_host->last_error(call, NULL, NULL);
  setting(call, "token", &status);
  if (status == AUTHHOST_OK) return AUTHHOST_INTERNAL;
  the_host->last_error(call, &why, &what_to_do);
  the_host->set_error(call, AUTHHOST_DENIED, why, what_to_do);
  return AUTHHOST_DENIED;
}

static void destroy(authhost_instance* instance) { free(instance); }

static authhost_status refresh(authhost_instance* instance, authhost_call* call, const authhost_refresh* request) {
  authhost_status status;
  const authhost_setting_value act = setting(call, "act", &status);
  (void)instance;
  if (status != AUTHHOST_OK) return status;
  if (is(act, "nothing")) return AUTHHOST_OK;
  if (is(act, "segfault")) *(volatile int*)0 = 1;
  if (is(act, "abort")) abort();
  if (is(act, "exit")) exit(0);
  if (is(act, "hang")) {
    for (;;) continue;
  }
  if (is(act, "hoard")) return hoard(call);
  if (is(act, "exchange")) return exchange(call);
  if (is(act, "poll")) return poll(call);
  if (is(act, "recall")) return recall(call);
  if (is(act, "silent")) return AUTHHOST_UNAVAILABLE;
  if (is(act, "chatter")) return chatter(call);
  if (is(act, "retell")) return retell(call);
  if (is(act, "unknown-status")) return 77;
  if (is(act, "swallow")) {
    emit(call);
    return AUTHHOST_OK;
  }
  if (is(act, "leak")) return leak(call, request);
  if (is(act, "http")) return ask_http(call);
  if (is(act, "listen")) return listen(call);
  if (is(act, "compute")) return compute(call);
  if (is(act, "count")) return count(call);
  if (is(act, "undeclared")) return ask_service(call, AUTHHOST_SERVICE_PROCESS);
  if (is(act, "future")) return ask_service(call, "authhost.telepathy/1");
  if (is(act, "undeclared-setting")) {
    setting(call, "nonsense", &status);
    return status;
  }
  if (is(act, "timeout")) {
    if (setting(call, "timeout", &status).integer != 90000) return AUTHHOST_INTERNAL;
    return emit(call);
  }
  if (is(act, "new-struct")) return ask_of_the_future(call);
  if (is(act, "old-struct")) { /* a setting's value as a plugin of the past knows it: too small is USAGE, not a crash */
    authhost_setting_value old;
    old.size = 8;
    return the_host->get_setting(call, "token", &old);
  }
  return emit(call);
}

#ifdef NULL_REVOKE
static const authhost_revoke revoke_table = {sizeof(authhost_revoke), NULL};
#else
static authhost_status revoke(authhost_instance* instance, authhost_call* call, const authhost_refresh* request) {
  (void)instance;
  if (request->previous == NULL) return AUTHHOST_USAGE;
  the_host->set_error(call, AUTHHOST_UNAVAILABLE, request->previous->refresh_token, text(""));
  return AUTHHOST_UNAVAILABLE;
}
static const authhost_revoke revoke_table = {sizeof(authhost_revoke), revoke};
#endif
static const void* get_extension(const char* name) {
  return strcmp(name, AUTHHOST_EXT_REVOKE) == 0 ? &revoke_table : NULL;
}

#define SETTING(name, type, flags, fallback) {sizeof(authhost_setting), name, type, flags, "", fallback, NULL, 0}
static const char* const types[] = {"Bearer", "bEaReR", "DPoP", "mac"};
static const authhost_setting list[] = {
    SETTING("act", AUTHHOST_SETTING_STRING, 0, "emit"),
    SETTING("token", AUTHHOST_SETTING_SECRET, AUTHHOST_SETTING_REQUIRED, NULL),
    SETTING("next_refresh", AUTHHOST_SETTING_STRING, 0, ""),
    SETTING("id_token", AUTHHOST_SETTING_STRING, 0, ""),
    {sizeof(authhost_setting), "token_type", AUTHHOST_SETTING_STRING, 0, "", NULL, types, 4},
    SETTING("expires_in", AUTHHOST_SETTING_INTEGER, 0, "-1"),
    SETTING("expires_at", AUTHHOST_SETTING_INTEGER, 0, "-1"),
    SETTING("timeout", AUTHHOST_SETTING_DURATION, 0, "90s"),
    SETTING("words", AUTHHOST_SETTING_STRING_LIST, 0, "[\"a\", \"b\"]"),
    SETTING("loud", AUTHHOST_SETTING_BOOLEAN, 0, "true")};
static const authhost_setting* const settings[] = {&list[0], &list[1], &list[2], &list[3], &list[4],
                                                   &list[5], &list[6], &list[7], &list[8], &list[9]};
static const char* const services[] = {AUTHHOST_SERVICE_HTTP, AUTHHOST_SERVICE_LOOPBACK, AUTHHOST_SERVICE_JSON,
                                       AUTHHOST_SERVICE_CRYPTO, AUTHHOST_SERVICE_STORE, AUTHHOST_SERVICE_CLOCK};
static const authhost_descriptor descriptor = {sizeof(authhost_descriptor), ID, "Scripted", "1.0", "Does as it is told",
                                               settings, 10, services, 6, 0, create, destroy, refresh, get_extension};
static const authhost_descriptor* const authenticators[] = {&descriptor};
const authhost_plugin authhost_plugin_v1 = {sizeof(authhost_plugin), AUTHHOST_ABI_MAJOR, AUTHHOST_ABI_MINOR, 0, 1,
                                            authenticators};
