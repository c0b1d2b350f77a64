// org.authhost.passthrough: the caller's own token, as it is. Never refreshed: there is nothing to refresh it with.
#include <authhost/authenticator.hpp>
#include <authhost/oauth2/id_token.hpp>

namespace {

using authhost::Reason;

class Passthrough final : public authhost::Authenticator {
 public:
  static constexpr auto kId = "org.authhost.passthrough";
  static constexpr auto kName = "Passthrough";
  static constexpr auto kVersion = "1.0.0";
  static constexpr auto kSummary = "Uses a token that the caller already has";
  static constexpr authhost_setting kSettings[] = {
      authhost::setting::required(authhost::setting::secret("token", "the access token"))};
  static constexpr const char* kServices[] = {AUTHHOST_SERVICE_CLOCK, AUTHHOST_SERVICE_CRYPTO, AUTHHOST_SERVICE_JSON};

  authhost::Result<authhost::Credentials> do_refresh_credentials(authhost::Context& context) override {
    AUTHHOST_TRY(token, context.setting<authhost::Secret>("token"));
    authhost::Credentials credentials;
    credentials.access_token = authhost::Secret(authhost::text::trim(token.reveal()));
    // Whoever put the token there may have put a newer one there since.
    const auto* previous = context.previous();
    const bool same = previous != nullptr && previous->access_token == credentials.access_token;
    if (same && context.reason() == Reason::rejected) return refused("the server rejected the configured token");
    if (expired(context, credentials.access_token)) return refused("the configured token has expired");
    return credentials;
  }

 private:
  static authhost::Error refused(const char* why) {
    return {authhost::Status::denied, why, "put a new token where the setting `token` takes it from", -1};
  }

  // Only a JWT says when it ends; any other token is believed until a server rejects it.
  static bool expired(authhost::Context& context, const authhost::Secret& token) {
    const auto claims = authhost::oauth2::jwt_claims(context, token.reveal());
    const auto now = context.clock().now();
    if (!claims || !now || !(*claims)["exp"].is_number()) return false;
    const std::chrono::duration<double> since_epoch = now->time_since_epoch();
    return (*claims)["exp"].number() <= since_epoch.count();
  }
};

}  // namespace

AUTHHOST_PLUGIN(Passthrough)
