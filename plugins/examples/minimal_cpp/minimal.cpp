#include <authhost/authenticator.hpp>

struct Minimal final : authhost::Authenticator {
  static constexpr auto kId = "org.example.minimal_cpp";
  static constexpr auto kName = "Minimal";
  static constexpr auto kVersion = "1.0.0";
  static constexpr auto kSummary = "Hands out the token of its setting";
  static constexpr authhost_setting kSettings[] = {authhost::setting::secret("token", "the token")};

  authhost::Result<authhost::Credentials> do_refresh_credentials(authhost::Context& context) override {
    authhost::Credentials credentials;
    AUTHHOST_TRY(token, context.setting<authhost::Secret>("token"));
    credentials.access_token = std::move(token);
    return credentials;
  }
};
AUTHHOST_PLUGIN(Minimal)
