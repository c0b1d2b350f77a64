// A plugin of somebody else's.
#include <authhost/authenticator.hpp>

struct Consumer final : authhost::Authenticator {
  static constexpr auto kId = "com.example.consumer";
  static constexpr auto kName = "Consumer";
  static constexpr auto kVersion = "1.0.0";
  static constexpr auto kSummary = "Hands out a token of its own";

  authhost::Result<authhost::Credentials> do_refresh_credentials(authhost::Context&) override {
    authhost::Credentials credentials;
    credentials.access_token = authhost::Secret("token-of-the-consumer");
    return credentials;
  }
};
AUTHHOST_PLUGIN(Consumer)
