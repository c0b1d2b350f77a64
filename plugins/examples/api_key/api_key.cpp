// org.example.api_key: exchanges an API key for a short-lived token.
#include <authhost/authenticator.hpp>

#include <chrono>
#include <string>

using namespace authhost;

class ApiKey final : public Authenticator {
 public:
  static constexpr auto kId = "org.example.api_key";
  static constexpr auto kName = "API key";
  static constexpr auto kVersion = "1.0.0";
  static constexpr auto kSummary = "Exchanges an API key for a short-lived token";
  static constexpr authhost_setting kSettings[] = {
      setting::required(setting::secret("api_key", "the key")),
      setting::required(setting::string("url", "where keys are exchanged"))};
  static constexpr const char* kServices[] = {AUTHHOST_SERVICE_HTTP, AUTHHOST_SERVICE_JSON};

  Result<Credentials> do_refresh_credentials(Context& context) override {
    AUTHHOST_TRY(key, context.setting<Secret>("api_key"));
    AUTHHOST_TRY(url, context.setting<std::string>("url"));
    Secret header("Key ");
    header.append(key.reveal());
    AUTHHOST_TRY(answer, context.http().send({.method = "POST", .url = url, .headers = {{"authorization", header.reveal()}}}));
    if (answer.status == 401 || answer.status == 403) {
      return Error{Status::denied, "the key was refused by " + url, "make a new key and put it where `api_key_…` says", -1};
    }
    if (answer.status >= 500) return Error{Status::unavailable, url + " has trouble", "try again", -1};
    if (answer.status != 200) {
      return Error{Status::protocol, url + " answered " + std::to_string(answer.status), "check `url` in the settings", -1};
    }
    AUTHHOST_TRY(body, context.json().parse(answer.body));
    Credentials credentials;
    credentials.access_token = Secret(body["token"].string());  // empty or odd: the host refuses it
    const double ttl = body["ttl"].number();  // not a number where there is none
    if (ttl >= 1 && ttl < 1e9) credentials.expires_in = std::chrono::seconds(static_cast<long>(ttl));
    return credentials;
  }
};
AUTHHOST_PLUGIN(ApiKey)
