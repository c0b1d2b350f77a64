// org.authhost.client_credentials: a program logs in as itself (RFC 6749, section 4.4).
#include <authhost/authenticator.hpp>
#include <authhost/oauth2.hpp>

namespace {

using authhost::oauth2::ClientAuth;

class ClientCredentials final : public authhost::Authenticator {
  static constexpr const char* kMethods[] = {"basic", "post"};

 public:
  static constexpr auto kId = "org.authhost.client_credentials";
  static constexpr auto kName = "Client credentials";
  static constexpr auto kVersion = "1.0.0";
  static constexpr auto kSummary = "Logs a program in with its own id and secret (RFC 6749, section 4.4)";
  static constexpr authhost_setting kSettings[] = {
      authhost::setting::required(authhost::setting::secret("client_secret", "the client's secret")),
      authhost::setting::one_of("auth_method", "how the secret is sent: in the header or in the body", kMethods, "basic")};
  static constexpr const char* kServices[] = {AUTHHOST_SERVICE_CLOCK, AUTHHOST_SERVICE_CRYPTO, AUTHHOST_SERVICE_HTTP,
                                              AUTHHOST_SERVICE_JSON};
  static constexpr std::uint32_t kCapabilities = AUTHHOST_CAP_OAUTH;

  authhost::Result<authhost::Credentials> do_refresh_credentials(authhost::Context& context) override {
    AUTHHOST_TRY(client, read_client(context));
    authhost::oauth2::Form form;
    form.add("grant_type", "client_credentials");
    form.add_if("scope", authhost::oauth2::join_scopes(context.client_config().scopes));
    form.add_if("audience", context.client_config().audience);
    // A request spends nothing, so one whose answer was lost may be sent again.
    AUTHHOST_TRY(credentials, authhost::oauth2::token_request(context, client, form, authhost::oauth2::Repeat::harmless));
    // RFC 6749, section 4.4.3: a refresh token is not to be expected here; the secret does all that one could.
    credentials.refresh_token.clear();
    return credentials;
  }

  authhost::Result<void> revoke(authhost::Context& context) override {
    AUTHHOST_TRY(client, read_client(context));
    return authhost::oauth2::revoke(context, client);
  }

 private:
  static authhost::Result<authhost::oauth2::Client> read_client(authhost::Context& context) {
    AUTHHOST_TRY(client, authhost::oauth2::public_client(context));
    AUTHHOST_TRY(method, context.setting<std::string>("auth_method"));
    AUTHHOST_TRY(secret, context.setting<authhost::Secret>("client_secret"));
    client.auth = method == "post" ? ClientAuth::post : ClientAuth::basic;
    client.secret = std::move(secret);
    return client;
  }
};

}  // namespace

AUTHHOST_PLUGIN(ClientCredentials)
