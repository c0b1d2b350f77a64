// org.example.corp_sso: a company's single sign-on that knows cookies alone. A person signs in once with name and password; the cookie of
// that is kept, and exchanged for a short-lived token whenever one is wanted.
#include <authhost/authenticator.hpp>
#include <authhost/oauth2/form.hpp>

#include <chrono>
#include <string>
#include <string_view>

using namespace authhost;

class CorpSso final : public Authenticator {
 public:
  static constexpr auto kId = "org.example.corp_sso";
  static constexpr auto kName = "Corporate SSO";
  static constexpr auto kVersion = "1.0.0";
  static constexpr auto kSummary = "Exchanges the cookie of a sign-on for short-lived tokens";
  static constexpr authhost_setting kSettings[] = {setting::required(setting::string("portal", "the portal's address, https://…")),
                                                   setting::required(setting::string("user", "the name to sign in with")),
                                                   setting::secret("password", "asked for where it is not given")};
  static constexpr const char* kServices[] = {AUTHHOST_SERVICE_HTTP, AUTHHOST_SERVICE_JSON, AUTHHOST_SERVICE_PROMPT, AUTHHOST_SERVICE_STORE};

  Result<Credentials> do_refresh_credentials(Context& context) override {
    AUTHHOST_TRY(portal, context.setting<std::string>("portal"));
    AUTHHOST_TRY(kept, context.store().get(kCookie));
    if (kept && context.reason() != Reason::login) {
      auto credentials = exchange(context, portal, kept->reveal());
      if (credentials || credentials.status() != Status::denied) return credentials;  // denied: the sign-on is over
    }
    AUTHHOST_TRY(cookie, sign_in(context, portal));
    AUTHHOST_CHECK(context.store().put(kCookie, cookie.reveal()));
    return exchange(context, portal, cookie.reveal());
  }

 private:
  static constexpr auto kCookie = "cookie";

  static Result<Secret> password(Context& context, const std::string& user) {
    AUTHHOST_TRY(given, context.setting<std::optional<Secret>>("password"));
    if (given) return *std::move(given);
    if (!context.may_interact()) {
      return Error{Status::interaction_required, "somebody has to sign in as " + user, "log in where a terminal is, or set password_env", -1};
    }
    AUTHHOST_TRY(answer, context.prompt().ask("Password of " + user + ": ", true));
    return answer;
  }

  static Result<Secret> sign_in(Context& context, const std::string& portal) {
    AUTHHOST_TRY(user, context.setting<std::string>("user"));
    AUTHHOST_TRY(secret, password(context, user));
    oauth2::Form form;
    form.add("user", user);
    form.add("password", secret.reveal());
    AUTHHOST_TRY(answer, context.http().send({.method = "POST",
                                              .url = portal + "/sign-in",
                                              .headers = {{"content-type", "application/x-www-form-urlencoded"}},
                                              .body = form.body()}));
    AUTHHOST_CHECK(judge(answer, portal, "refused the name or the password", "check them with the portal's own page"));
    const auto cookie = answer.header("set-cookie");
    const auto pair = cookie.substr(0, cookie.find(';'));  // what follows is for browsers
    if (pair.find('=') == std::string_view::npos) return Error{Status::protocol, portal + " gave no cookie", "check `portal`", -1};
    return Secret(pair);
  }

  static Result<Credentials> exchange(Context& context, const std::string& portal, std::string_view cookie) {
    AUTHHOST_TRY(answer, context.http().send({.method = "POST", .url = portal + "/token", .headers = {{"cookie", cookie}}}));
    AUTHHOST_CHECK(judge(answer, portal, "says that the sign-on is over", "log in again"));
    AUTHHOST_TRY(body, context.json().parse(answer.body));
    Credentials credentials;
    credentials.access_token = Secret(body["token"].string());
    const double life = body["seconds"].number();
    if (life >= 1 && life < 1e9) credentials.expires_in = std::chrono::seconds(static_cast<long>(life));
    return credentials;
  }

  static Result<void> judge(const service::HttpResponse& answer, const std::string& portal, const char* refusal, const char* remedy) {
    if (answer.status == 401 || answer.status == 403) return Error{Status::denied, portal + " " + refusal, remedy, -1};
    if (answer.status >= 500) return Error{Status::unavailable, portal + " has trouble", "try again", -1};
    if (answer.status != 200) return Error{Status::protocol, portal + " answered " + std::to_string(answer.status), "check `portal`", -1};
    return {};
  }
};
AUTHHOST_PLUGIN(CorpSso)
