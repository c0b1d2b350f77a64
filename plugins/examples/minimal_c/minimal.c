/* org.example.minimal_c: an authenticator in C99. It hands out the token that its setting names. */
#include <authhost/abi.h>

/* There is nothing to remember but the host, one constant table for the whole process: it is the instance. */
static authhost_status create(const authhost_host* host, authhost_call* call, authhost_instance** out) {
  (void)call;
  *out = (authhost_instance*)host;
  return AUTHHOST_OK;
}

static void destroy(authhost_instance* instance) { (void)instance; }

static authhost_status refresh(authhost_instance* instance, authhost_call* call, const authhost_refresh* request) {
  const authhost_host* host = (const authhost_host*)instance;
  authhost_setting_value token = {0};
  authhost_credentials result = {0};
  authhost_status status;
  (void)request;
  token.size = sizeof token;
  status = host->get_setting(call, "token", &token);
  if (status != AUTHHOST_OK) return status; /* the host has already said why */
  result.size = sizeof result;
  result.access_token = token.string;
  result.expires_in_s = 300;
  result.expires_at_ms = -1;
  return host->emit_credentials(call, &result);
}

static const authhost_setting token_setting = {
    sizeof(authhost_setting), "token", AUTHHOST_SETTING_SECRET, AUTHHOST_SETTING_REQUIRED, "the token", NULL, NULL, 0};
static const authhost_setting* const settings[] = {&token_setting};

static const authhost_descriptor descriptor = {sizeof(authhost_descriptor),
                                               "org.example.minimal_c",
                                               "Minimal, in C",
                                               "1.0.0",
                                               "Hands out the token of its setting",
                                               settings,
                                               1,
                                               NULL,
                                               0,
                                               0,
                                               create,
                                               destroy,
                                               refresh,
                                               NULL};
static const authhost_descriptor* const authenticators[] = {&descriptor};

const authhost_plugin authhost_plugin_v1 = {
    sizeof(authhost_plugin), AUTHHOST_ABI_MAJOR, AUTHHOST_ABI_MINOR, 0, 1, authenticators};
