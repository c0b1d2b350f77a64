// org.authhost.device_code: log in on another device by typing a short code (RFC 8628), refresh without a person.
#include <authhost/authenticator.hpp>
#include <authhost/oauth2.hpp>

namespace {

class DeviceCode final : public authhost::Authenticator {
 public:
  static constexpr auto kId = "org.authhost.device_code";
  static constexpr auto kName = "Device login";
  static constexpr auto kVersion = "1.0.0";
  static constexpr auto kSummary = "Logs in on another device with a short code (RFC 8628)";
  static constexpr authhost_setting kSettings[] = {
      authhost::setting::boolean("open_browser", "open the page in the browser of this machine too", "false"),
      authhost::setting::boolean("qr", "show a QR code too", "false"),
      authhost::setting::duration("timeout", "how long the person may take, if shorter than the code lives")};
  static constexpr const char* kServices[] = {AUTHHOST_SERVICE_CLOCK, AUTHHOST_SERVICE_HTTP, AUTHHOST_SERVICE_JSON,
                                              AUTHHOST_SERVICE_BROWSER, AUTHHOST_SERVICE_PROMPT};
  static constexpr std::uint32_t kCapabilities = AUTHHOST_CAP_INTERACTIVE | AUTHHOST_CAP_OAUTH;

  authhost::Result<authhost::Credentials> do_refresh_credentials(authhost::Context& context) override {
    AUTHHOST_TRY(open_browser, context.setting<bool>("open_browser"));
    AUTHHOST_TRY(qr, context.setting<bool>("qr"));
    AUTHHOST_TRY(timeout, context.setting<std::optional<std::chrono::milliseconds>>("timeout"));
    if (timeout) AUTHHOST_CHECK(authhost::oauth2::check_timeout(*timeout));
    AUTHHOST_TRY(client, authhost::oauth2::public_client(context));
    return authhost::oauth2::refresh_or_login(context, client, [&] {
      return authhost::oauth2::device_login(context, client, {open_browser, qr, timeout});
    });
  }

  authhost::Result<void> revoke(authhost::Context& context) override {
    AUTHHOST_TRY(client, authhost::oauth2::public_client(context));
    return authhost::oauth2::revoke(context, client);
  }
};

}  // namespace

AUTHHOST_PLUGIN(DeviceCode)
