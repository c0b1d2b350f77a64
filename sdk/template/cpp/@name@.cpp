// @id@: hands out the token of its setting. Put in its place what gets yours.
#include <authhost/authenticator.hpp>

struct @class@ final : authhost::Authenticator {
  static constexpr auto kId = "@id@";
  static constexpr auto kName = "@name@";
  static constexpr auto kVersion = "0.1.0";
  static constexpr auto kSummary = "Hands out the token of its setting";
  static constexpr authhost_setting kSettings[] = {authhost::setting::required(authhost::setting::secret("token", "the token"))};

  authhost::Result<authhost::Credentials> do_refresh_credentials(authhost::Context& context) override {
    authhost::Credentials credentials;
    AUTHHOST_TRY(token, context.setting<authhost::Secret>("token"));
    credentials.access_token = std::move(token);
    return credentials;
  }
};
AUTHHOST_PLUGIN(@class@)
