// org.authhost.pkce: log in with the browser (authorization code with PKCE), refresh without a person.
#include <authhost/authenticator.hpp>
#include <authhost/oauth2.hpp>

namespace {

class Pkce final : public authhost::Authenticator {
 public:
  static constexpr auto kId = "org.authhost.pkce";
  static constexpr auto kName = "Browser login";
  static constexpr auto kVersion = "1.0.0";
  static constexpr auto kSummary = "Logs in with the browser: authorization code with PKCE (RFC 7636, RFC 8252)";
  static constexpr authhost_setting kSettings[] = {
      authhost::setting::integer("redirect_port", "port of the redirect listener; 0: any free one", "0"),
      authhost::setting::string("browser", "command that opens a URL, instead of $BROWSER"),
      authhost::setting::duration("timeout", "how long the person may take", "2m")};
  static constexpr const char* kServices[] = {
      AUTHHOST_SERVICE_CLOCK,   AUTHHOST_SERVICE_CRYPTO, AUTHHOST_SERVICE_HTTP,    AUTHHOST_SERVICE_JSON,
      AUTHHOST_SERVICE_BROWSER, AUTHHOST_SERVICE_PROMPT, AUTHHOST_SERVICE_LOOPBACK};
  static constexpr std::uint32_t kCapabilities = AUTHHOST_CAP_INTERACTIVE | AUTHHOST_CAP_OAUTH;

  authhost::Result<authhost::Credentials> do_refresh_credentials(authhost::Context& context) override {
    AUTHHOST_TRY(options, read_options(context));
    AUTHHOST_TRY(client, authhost::oauth2::public_client(context));
    return authhost::oauth2::refresh_or_login(
        context, client, [&] { return authhost::oauth2::code_login(context, client, options); });
  }

  authhost::Result<void> revoke(authhost::Context& context) override {
    AUTHHOST_TRY(client, authhost::oauth2::public_client(context));
    return authhost::oauth2::revoke(context, client);
  }

 private:
  static authhost::Result<authhost::oauth2::CodeOptions> read_options(authhost::Context& context) {
    AUTHHOST_TRY(port, context.setting<std::int64_t>("redirect_port"));
    AUTHHOST_TRY(browser, context.setting<std::optional<std::string>>("browser"));
    AUTHHOST_TRY(timeout, context.setting<std::chrono::milliseconds>("timeout"));
    if (port < 0 || port > 65535) {
      return authhost::Error{authhost::Status::invalid_config, "redirect_port is not a port number",
                             "use 1 to 65535, or 0 for any free port", -1};
    }
    AUTHHOST_CHECK(authhost::oauth2::check_timeout(timeout));
    return authhost::oauth2::CodeOptions{browser.value_or(""), port, timeout};
  }
};

}  // namespace

AUTHHOST_PLUGIN(Pkce)
