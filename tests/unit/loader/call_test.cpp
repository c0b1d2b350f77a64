#include "workshop.hpp"

#include "core/services/crypto.hpp"

#include <stdlib.h>

using namespace authhost;
using namespace authhost::test;
using std::chrono::seconds;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::string jwt(const std::string& payload) {
  const auto part = [](const std::string& text) {
    return std::string(crypto::base64_encode(text, crypto::Alphabet::url_unpadded).reveal());
  };
  return part("{\"alg\":\"RS256\"}") + "." + part(payload) + "." + part("signature");
}

class FakeHttp final : public Http {
 public:
  Result<HttpResponse> send(const HttpRequest& request, const Call&) override {
    asked = request.method + " " + request.url + " " + std::string(request.body.reveal());
    if (failure) return *failure;
    HttpResponse response;
    response.status = status;
    response.retry_after = retry_after;
    response.date = date;
    return response;
  }
  std::string asked;
  int status = 200;
  std::optional<Milliseconds> retry_after;
  std::optional<WallTime> date;
  std::optional<Error> failure;
};

struct Page {
  int closed = 0;
  std::vector<LoopbackOutcome> finished;
};
class FakeLoopback final : public Loopback {
 public:
  Result<std::unique_ptr<LoopbackListener>> open(const LoopbackOptions&, const Call&) override {
    return std::unique_ptr<LoopbackListener>(std::make_unique<Listener>(page, answer));
  }
  std::shared_ptr<Page> page = std::make_shared<Page>();
  LoopbackResult answer{"the-code", "", ""};

 private:
  class Listener final : public LoopbackListener {
   public:
    Listener(std::shared_ptr<Page> page, LoopbackResult answer) : page_(std::move(page)), answer_(std::move(answer)) {}
    ~Listener() override { ++page_->closed; }
    [[nodiscard]] std::string redirect_uri() const override { return "http://127.0.0.1:1/cb"; }
    Result<LoopbackResult> wait(const LoopbackExpect&, const Call&) override { return answer_; }
    void finish(const LoopbackOutcome& outcome) override { page_->finished.push_back(outcome); }

   private:
    std::shared_ptr<Page> page_;
    LoopbackResult answer_;
  };
};

}  // namespace

TEST_CASE("a refresh through the C interface gives checked credentials") {
  Bench bench;
  bench.set("expires_in", std::int64_t{60}).set("next_refresh", std::string("next")).set("id_token", std::string("a.b.c"));
  const auto got = bench.credentials();
  CHECK(got.access_token.reveal() == "s3cret-token");
  CHECK(got.refresh_token.reveal() == "next");
  CHECK(got.id_token.reveal() == "a.b.c");
  CHECK(got.token_type == "Bearer");
  CHECK(got.expires_in == seconds{60});
  CHECK(got.expires_at == kNow + seconds{60});
  CHECK(got.scopes == std::vector<std::string>{"read", "write"});
  CHECK(got.for_endpoint == "dns:///example.com");
  CHECK(got.id == crypto::md5_hex("s3cret-token"));
}

TEST_CASE("O31 a token type is understood in any case, and a strange one refused") {
  Bench bench;
  bench.set("token_type", std::string("bEaReR"));
  CHECK(bench.credentials().token_type == "Bearer");
  for (const auto* type : {"DPoP", "mac"}) {
    bench.set("token_type", std::string(type));
    CHECK(bench.error().status == Status::protocol);
  }
}

TEST_CASE("O33 a lifetime that is not positive is an error, and none is longer than ten years") {
  for (const std::int64_t bad : {0, -2, -3600}) {
    Bench bench;
    CHECK(bench.set("expires_in", bad).error().status == Status::protocol);
  }
  const auto ten_years = kNow + seconds{std::int64_t{10} * 365 * 24 * 3600};
  for (const auto* key : {"expires_in", "expires_at"}) {
    Bench bench;
    CHECK(bench.set(key, std::numeric_limits<std::int64_t>::max()).credentials().expires_at <= ten_years);
  }
  Bench bench;
  bench.set("expires_at", std::int64_t{1'800'000'100'000});
  CHECK(bench.credentials().expires_at == kNow + seconds{100});
}

TEST_CASE("O34 without a lifetime a JWT's exp counts if it parses, else 300 seconds") {
  Bench bench;
  CHECK(bench.credentials().expires_at == kNow + seconds{300});
  CHECK(bench.set("token", jwt("{\"exp\":1800000900}")).credentials().expires_at == kNow + seconds{900});
  for (const auto* payload : {"{\"exp\":\"soon\"}", "{\"exp\":-5}", "{\"exp\":1e400}", "{}", "[1]", "nonsense", ""}) {
    CHECK(bench.set("token", jwt(payload)).credentials().expires_at == kNow + seconds{300});
  }
  const auto ten_years = kNow + seconds{std::int64_t{10} * 365 * 24 * 3600};
  CHECK(bench.set("token", jwt("{\"exp\":99999999999}")).credentials().expires_at <= ten_years);
}

TEST_CASE("O70 a JWT's exp is read by the server's clock where the server said the time") {
  Bench bench;
  auto http = std::make_shared<FakeHttp>();
  http->date = kNow - seconds{3600};  // our clock is an hour ahead
  bench.services.http = http;
  bench.act("http").set("token", jwt("{\"exp\":1799996700}"));  // ten minutes after the server's now
  CHECK(bench.credentials().expires_at == kNow + seconds{300});
}

TEST_CASE("O35 a token that could not go into a header is refused, whichever token it is") {
  const std::string bad[] = {"a\r\nX: y", std::string("a\0b", 3), "a b", "t\xc3\xb6ken", "a\x7f", "\t", std::string(1 << 20, 'a')};
  for (const auto& token : bad) {
    Bench bench;
    auto error = bench.set("token", token).error();
    CHECK(error.status == Status::protocol);
    CHECK_FALSE(has(error.message, token));
    CHECK(bench.set("token", std::string("fine")).set("next_refresh", token).error().status == Status::protocol);
    CHECK(bench.set("next_refresh", std::string()).set("id_token", token).error().status == Status::protocol);
  }
}

TEST_CASE("a plugin that ignores the refusal of its token does not get away with it") {
  Bench bench;
  bench.act("swallow").set("token", std::string("a b"));
  CHECK(bench.error().status == Status::protocol);
}

TEST_CASE("a plugin that ends in a way the contract does not know is a plugin error") {
  Bench bench;
  const auto nothing = bench.act("nothing").error();
  CHECK(nothing.status == Status::plugin);
  CHECK(has(nothing.message, "returned without credentials"));
  const auto unknown = bench.act("unknown-status").error();
  CHECK(unknown.status == Status::plugin);
  CHECK(has(unknown.message, "77"));
  const auto silent = bench.act("silent").error();
  CHECK(silent.status == Status::unavailable);
  CHECK(has(silent.message, "org.example.scripted"));
}

TEST_CASE("O73 a secret in a plugin's error is redacted, and the text is safe to show") {
  Bench bench;
  bench.previous.emplace();
  bench.previous->refresh_token = Secret("previous-refresh-token");
  for (const auto& error : {bench.act("leak").error()}) {
    CHECK(error.status == Status::denied);
    for (const auto& text : {error.message, error.hint}) {
      CHECK(has(text, "the server said"));
      CHECK_FALSE(has(text, "s3cret-token"));
      CHECK_FALSE(has(text, "previous-refresh-token"));
      CHECK(text.find_first_of("\n\033") == std::string::npos);
    }
  }
  const auto revoked = bench.authenticator->revoke(bench.request(), bench.call);
  REQUIRE_FALSE(revoked.ok());
  CHECK(revoked.status() == Status::unavailable);
  CHECK_FALSE(has(revoked.error().message, "previous-refresh-token"));
}

TEST_CASE("a service that the descriptor does not list, or the manifest does not grant, is not permitted") {
  Bench bench("scripted", "grants = [\"process\"]\n");  // a grant alone is not enough
  const auto undeclared = bench.act("undeclared").error();
  CHECK(undeclared.status == Status::plugin);
  CHECK(has(undeclared.message, "authhost.process/1 is not in the services"));

  Bench strict("scripted", "grants = [\"json\", \"crypto\"]\n");
  const auto ungranted = strict.act("http").error();
  CHECK(ungranted.status == Status::plugin);
  CHECK(has(ungranted.message, "does not grant authhost.http/1"));
  CHECK(has(ungranted.hint, "add \"http\" to grants"));
  CHECK(strict.act("compute").refresh().ok());
}

TEST_CASE("a service that this host or this caller does not have is NULL, not an error") {
  Bench bench;
  CHECK(bench.act("future").refresh().ok());
  CHECK(bench.act("http").error().message == "no http here");
}

TEST_CASE("HTTP goes through the caller's client, and Retry-After comes back with the failure") {
  Bench bench;
  auto http = std::make_shared<FakeHttp>();
  bench.services.http = http;
  CHECK(bench.act("http").refresh().ok());
  CHECK(http->asked == "POST https://example.com/token a=b");

  http->status = 503;
  http->retry_after = Milliseconds{7000};
  const auto busy = bench.error();
  CHECK(busy.status == Status::unavailable);
  CHECK(busy.retry_after_ms == 7000);

  http->failure = Error{Status::deadline, "time ran out", "wait"};
  const auto late = bench.error();
  CHECK(late.status == Status::deadline);
  CHECK(late.message == "time ran out");
}

TEST_CASE("JSON and crypto through the C interface do what services.h says") { CHECK(Bench().act("compute").refresh().ok()); }

TEST_CASE("a plugin's own secrets may be any bytes") {
  Bench bench;
  bench.extras["any"] = Secret("\x01\xff");
  CHECK(bench.act("recall").refresh().ok());
}

TEST_CASE("a plugin's own secrets are kept in the extras") {
  Bench bench;
  CHECK(bench.act("count").refresh().ok());
  CHECK(bench.act("count").refresh().ok());
  CHECK(bench.extras.at("count").reveal() == "2");
}

TEST_CASE("O29 the browser's page waits for the outcome: a failed login gets the failure page and closes") {
  Bench bench;
  auto loopback = std::make_shared<FakeLoopback>();
  bench.services.loopback = loopback;
  {
    auto outcome = bench.act("listen").refresh();
    REQUIRE(outcome.ok());
    CHECK(outcome->pages.size() == 1);  // the plugin closed it; the page is still owed
    CHECK(loopback->page->closed == 0);
    CHECK(loopback->page->finished.empty());
  }
  CHECK(loopback->page->closed == 1);

  loopback->answer = {"", "access_denied", ""};
  CHECK(bench.error().status == Status::denied);
  CHECK(loopback->page->closed == 2);
  REQUIRE(loopback->page->finished.size() == 1);
  CHECK_FALSE(loopback->page->finished.front().success);
}

TEST_CASE("settings arrive in the declared type: an undeclared one, or too small a struct, is the plugin's fault") {
  Bench bench;
  CHECK(bench.act("timeout").refresh().ok());
  bench.set("timeout", std::string("1m30s"));
  CHECK(bench.refresh().ok());
  CHECK(bench.act("undeclared-setting").error().status == Status::plugin);
  CHECK(bench.act("old-struct").error().status == Status::plugin);
}

TEST_CASE("a struct of a newer plugin is filled as far as both know it, and its size says how far that is") {
  Bench bench;
  CHECK(bench.act("new-struct").refresh().ok());
}

TEST_CASE("a table of revocation without its function is none") {
  Bench bench("null_revoke");
  const auto info = bench.shop.registry()->describe("org.example.null_revoke", Call{});
  REQUIRE(info.ok());
  CHECK_FALSE(info->can_revoke);
}

TEST_CASE("a call that was given up, or is over time, says so to the plugin") {
  Bench bench;
  auto cancellation = std::make_shared<Cancellation>();
  bench.call.cancellation = cancellation;
  CHECK(bench.refresh().ok());
  cancellation->cancel();
  // What the plugin says is what counts; but for a call that is over no process is started.
  CHECK(bench.act("silent").error().status == (::getenv("AUTHHOST_TEST_ISOLATED") != nullptr ? Status::cancelled : Status::unavailable));
}
