#include "attempt.hpp"

#include <atomic>
#include <vector>

using namespace authhost;
using namespace authhost::testing_local;

namespace {

const std::string kGood = std::string("code=good&state=") + kState;

class SteppedClock final : public Clock {
 public:
  [[nodiscard]] WallTime wall() const override { return {}; }
  [[nodiscard]] Monotonic monotonic() const override { return Monotonic(Milliseconds(now_.load())); }
  Result<void> sleep(Milliseconds, const Call&) const override { return {}; }
  void advance(Milliseconds by) { now_ += by.count(); }

 private:
  std::atomic<std::int64_t> now_{1'000'000};
};

}  // namespace

TEST_CASE("O4 a state that is not exactly this attempt's is turned away, and the listener keeps waiting") {
  Attempt attempt;
  const std::string state = kState;
  for (const std::string& query : {std::string("code=evil"), std::string("code=evil&state="), std::string("code=evil&state"),
                            std::string("code=evil&state=wrong"), "code=evil&state=" + state.substr(0, 21), "code=evil&state=" + state + "x",
                            "code=evil&state=" + state + state, "code=evil&state=" + state + "&state=" + state,
                            "code=evil&state=" + state + "%00", "code=evil&STATE=" + state}) {
    INFO(query);
    CHECK(attempt.status(query) == 400);
  }
  attempt.completes();
}

TEST_CASE("O5 state is compared exactly: case and spaces count") {
  Attempt attempt;
  CHECK(attempt.status("code=evil&state=abcdefghijklmnopqrstuv") == 400);
  CHECK(attempt.status(std::string("code=evil&state=+") + kState) == 400);
  CHECK(attempt.status(std::string("code=evil&state=") + kState + "+") == 400);
  attempt.completes();
}

TEST_CASE("O7 a promised iss that is missing ends the attempt") {
  Attempt attempt({}, {kState, kIssuer, true});
  CHECK(attempt.status(kGood) == 400);
  CHECK(attempt.result().status() == Status::protocol);
}

TEST_CASE("O8 a wrong iss with a code ends the attempt, promised or not") {
  for (const bool required : {true, false}) {
    for (const char* iss : {"https%3A%2F%2Fevil.example", "https%3A%2F%2Fidp.example%2F", "https%3A%2F%2FIDP.example", ""}) {
      INFO(iss);
      Attempt attempt({}, {kState, kIssuer, required});
      const auto answer = attempt.get(kGood + "&iss=" + iss);
      CHECK(status_of(answer) == 400);
      CHECK(answer.find("class=\"bad\"") != std::string::npos);
      CHECK(attempt.result().status() == Status::protocol);
    }
  }
}

TEST_CASE("O8 the right iss, or one that was neither promised nor sent, is accepted") {
  Attempt named({}, {kState, kIssuer, true});
  const auto browser = named.start(named.request(named.path() + "?" + kGood + "&iss=https%3A%2F%2Fidp.example"));
  CHECK(named.result().ok());
  Attempt silent({}, {kState, kIssuer, false});
  silent.completes();
}

TEST_CASE("O9 an error with a foreign state or iss is ignored") {
  Attempt attempt({}, {kState, kIssuer, true});
  CHECK(attempt.status("error=access_denied&state=wrong&iss=https%3A%2F%2Fidp.example") == 400);
  CHECK(attempt.status("error=access_denied") == 400);
  CHECK(attempt.status(std::string("error=access_denied&state=") + kState + "&iss=https%3A%2F%2Fevil.example") == 400);
  CHECK(attempt.status(std::string("error=access_denied&state=") + kState) == 400);
  const auto browser = attempt.start(attempt.request(attempt.path() + "?error=access_denied&error_description=No%1B%5B31m+way%E2%80%AE&state=" + kState +
                                                     "&iss=https%3A%2F%2Fidp.example"));
  REQUIRE(attempt.result().ok());
  CHECK(attempt.result()->code.empty());
  CHECK(attempt.result()->error == "access_denied");
  CHECK(attempt.result()->error_description.find("No") == 0);
  CHECK(attempt.result()->error_description.find('\x1b') == std::string::npos);
  CHECK(attempt.result()->error_description.find("\xE2\x80\xAE") == std::string::npos);
}

TEST_CASE("O10 two issuers have two redirect paths, and only the own one answers") {
  Attempt one({"", 0, "https://one.example"});
  const Attempt two({"", 0, "https://two.example"});
  const Attempt none;
  CHECK(one.path() != two.path());
  CHECK(one.path().rfind("/callback/", 0) == 0);
  CHECK(one.path().size() == std::string("/callback/").size() + 12);
  CHECK(none.path() == "/callback");
  CHECK(status_of(one.raw(one.request(two.path() + "?" + kGood))) == 404);
  one.completes();
}

TEST_CASE("O18 the listener is on both loopback literals with one port, and gone afterwards") {
  Attempt attempt;
  CHECK(attempt.uri().rfind("http://127.0.0.1:", 0) == 0);
  CHECK(status_of(attempt.raw(attempt.request("/other"))) == 404);
  CHECK(status_of(attempt.raw(attempt.request("/other"), AF_INET6)) == 404);
  attempt.completes();
  attempt.close();
  CHECK(!connect_to(attempt.port()));
  CHECK(!connect_to(attempt.port(), AF_INET6));
}

TEST_CASE("O19 a configured URI is kept to the letter, on the families it means") {
  {
    Attempt attempt({"http://localhost/cb?tenant=1", 0, kIssuer});
    CHECK(attempt.uri() == "http://localhost:" + std::to_string(attempt.port()) + "/cb?tenant=1");
    for (const int family : {AF_INET, AF_INET6}) {
      const auto host = "localhost:" + std::to_string(attempt.port());
      CHECK(status_of(attempt.raw("GET /cb?code=evil HTTP/1.1\r\nHost: " + host + "\r\n\r\n", family)) == 400);
    }
  }
  const Attempt v4({"http://127.0.0.1/cb", 0, ""});
  CHECK(!connect_to(v4.port(), AF_INET6));
  const Attempt v6({"http://[::1]/cb", 0, ""});
  CHECK(v6.uri() == "http://[::1]:" + std::to_string(v6.port()) + "/cb");
  CHECK(!connect_to(v6.port(), AF_INET));
}

TEST_CASE("O20 only GET counts") {
  Attempt attempt;
  for (const char* method : {"HEAD", "OPTIONS", "POST", "PUT", "BREW"}) {
    INFO(method);
    const auto answer = attempt.raw(attempt.request(attempt.path() + "?" + kGood, "Content-Length: 4\r\n", method) + "body");
    CHECK(status_of(answer) == 405);
    CHECK(answer.find("Allow: GET\r\n") != std::string::npos);
  }
  attempt.completes();
}

TEST_CASE("O21 a request for another host is misdirected") {
  Attempt attempt;
  const auto port = std::to_string(attempt.port());
  for (const auto& host : {std::string("evil.example"), "evil.example:" + port, "localhost:" + port, std::string("127.0.0.1"),
                           std::string("127.0.0.1:1"), "127.0.0.1.evil.example:" + port}) {
    INFO(host);
    CHECK(status_of(attempt.raw("GET " + attempt.path() + "?" + kGood + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n")) == 421);
  }
  CHECK(status_of(attempt.raw("GET " + attempt.path() + "?" + kGood + " HTTP/1.1\r\n\r\n")) == 400);
  const auto host = "Host: " + attempt.literal() + "\r\n";
  CHECK(status_of(attempt.raw("GET " + attempt.path() + "?" + kGood + " HTTP/1.1\r\n" + host + host + "\r\n")) == 400);
  attempt.completes();
}

TEST_CASE("O22 a prefetch does not spend the code") {
  Attempt attempt;
  for (const char* header : {"Purpose: prefetch", "Sec-Purpose: prefetch;prerender", "X-Moz: Prefetch", "X-Purpose: preview"}) {
    INFO(header);
    CHECK(status_of(attempt.raw(attempt.request(attempt.path() + "?" + kGood, std::string(header) + "\r\n"))) == 503);
  }
  attempt.completes();
}

TEST_CASE("O23 a request over 8 KiB is turned away") {
  Attempt attempt;
  CHECK(status_of(attempt.raw(attempt.request(attempt.path(), "X-Long: " + std::string(8192, 'x') + "\r\n"))) == 431);
  CHECK(status_of(attempt.raw(attempt.request(attempt.path() + "?" + std::string(9000, 'x')))) == 431);
  attempt.completes();
}

TEST_CASE("O23 many connections that say nothing do not keep the real browser out") {
  Attempt attempt;
  std::vector<Fd> idle;
  for (int i = 0; i < 40; ++i) idle.push_back(attempt.start("GET /slow"));
  attempt.completes();
}

TEST_CASE("O23 a connection has five seconds") {
  SteppedClock clock;
  Call call;
  call.clock = &clock;
  Attempt attempt({}, {kState, "", false}, call);
  const auto slow = attempt.start("GET /slow");
  CHECK(status_of(attempt.raw(attempt.request("/other"))) == 404);  // by now the slow one was welcomed
  clock.advance(Milliseconds{5001});
  CHECK(status_of(attempt.raw(attempt.request("/other"))) == 404);
  CHECK(read_all(slow).empty());  // ends: the listener has hung up
  attempt.completes();
}

TEST_CASE("O23 what is not HTTP is turned away") {
  Attempt attempt;
  CHECK(status_of(attempt.raw("\x16\x03\x01 hello\r\n\r\n")) == 400);
  CHECK(status_of(attempt.raw("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")) == 400);
  attempt.completes();
}

TEST_CASE("O23 a request in pieces is understood") {
  Attempt attempt;
  const auto browser = connect_to(attempt.port());
  for (const char c : attempt.request(attempt.path() + "?" + kGood)) send_all(browser, std::string(1, c));
  CHECK(attempt.result().ok());
}

TEST_CASE("O24 stray paths are not found, the favicon is nothing, and the login goes on") {
  Attempt attempt({"", 0, kIssuer});
  for (const auto& target : {std::string("/"), std::string("/callback?") + kGood, attempt.path() + "/?" + kGood, "/%63allback" + attempt.path().substr(9) + "?" + kGood,
                             "/x/.." + attempt.path() + "?" + kGood, std::string("*"), "http://" + attempt.literal() + attempt.path() + "?" + kGood}) {
    INFO(target);
    CHECK(status_of(attempt.raw(attempt.request(target))) == 404);
  }
  CHECK(status_of(attempt.raw(attempt.request("/favicon.ico"))) == 204);
  attempt.completes();
}

TEST_CASE("O25 a repeated parameter, or a code beside an error, is turned away") {
  Attempt attempt;
  for (const auto& query : {kGood + "&code=good", kGood + "&code=other", kGood + "&%63ode=other", kGood + "&session_state=1&session_state=2",
                            kGood + "&error=access_denied", std::string("state=") + kState, kGood + "&x=%zz", kGood + "&x=%"}) {
    INFO(query);
    CHECK(attempt.status(query) == 400);
  }
  attempt.completes();
}

TEST_CASE("O26 a second browser with the same answer changes nothing") {
  Attempt attempt;
  const auto first = attempt.come_back();
  REQUIRE(attempt.result().ok());
  const auto second = attempt.come_back();
  attempt.finish({true, "Done", ""});
  CHECK(status_of(read_all(first)) == 200);
  const auto answer = read_all(second);
  CHECK(status_of(answer) == 409);
  CHECK(answer.find("already") != std::string::npos);
}

TEST_CASE("O27 a code is printable and at most 4 KiB") {
  Attempt attempt;
  const auto state = std::string("&state=") + kState;
  CHECK(attempt.status("code=" + state) == 400);
  CHECK(attempt.status("code=" + std::string(4097, 'x') + state) == 400);
  CHECK(attempt.status("code=a%0Ab" + state) == 400);
  CHECK(attempt.status("code=a%00b" + state) == 400);
  CHECK(attempt.status("code=%C3%A4" + state) == 400);
  CHECK(attempt.status("error=%0d" + state) == 400);
  CHECK(attempt.status("code=x&state=" + std::string(4097, 'x')) == 400);
  const auto browser = attempt.start(attempt.request(attempt.path() + "?code=" + std::string(4096, 'x') + state));
  REQUIRE(attempt.result().ok());
  CHECK(attempt.result()->code == std::string(4096, 'x'));
}

TEST_CASE("O27 a code arrives decoded") {
  Attempt attempt;
  const auto browser = attempt.start(attempt.request(attempt.path() + "?state=" + kState + "&code=a%2Fb%2B%20c+d%3D&scope=openid"));
  REQUIRE(attempt.result().ok());
  CHECK(attempt.result()->code == "a/b+ c d=");
}

TEST_CASE("O29 the page waits for the outcome: success only when it is said") {
  Attempt attempt;
  const auto browser = attempt.come_back();
  REQUIRE(attempt.result().ok());
  char byte;
  CHECK(::recv(browser.get(), &byte, 1, MSG_DONTWAIT) == -1);
  attempt.finish({true, "Logged in to prod", "The credentials are kept."});
  const auto page = read_all(browser);
  CHECK(status_of(page) == 200);
  CHECK(page.find("Logged in to prod") != std::string::npos);
  CHECK(page.find("class=\"good\"") != std::string::npos);
}

TEST_CASE("O29 a failure has its own page, and a login that is given up too") {
  {
    Attempt attempt;
    const auto browser = attempt.come_back();
    REQUIRE(attempt.result().ok());
    attempt.finish({false, "Login failed", "The server refused <the code>."});
    const auto page = read_all(browser);
    CHECK(status_of(page) == 400);
    CHECK(page.find("The server refused &lt;the code&gt;.") != std::string::npos);
  }
  Attempt attempt;
  const auto browser = attempt.come_back();
  REQUIRE(attempt.result().ok());
  attempt.close();
  const auto page = read_all(browser);
  CHECK(status_of(page) == 400);
  CHECK(page.find("class=\"bad\"") != std::string::npos);
}

TEST_CASE("O30 a cancelled login closes its port at once") {
  Attempt attempt;
  const auto idle = attempt.start("GET /");
  attempt.cancel();
  CHECK(attempt.result().status() == Status::cancelled);
  attempt.close();
  const auto again = make_loopback()->open({"http://127.0.0.1:" + std::to_string(attempt.port()) + "/cb", 0, ""}, {});
  CHECK(again.ok());
}

TEST_CASE("a login that nobody answers ends at its deadline") {
  Call call;
  call.deadline = call.clock->monotonic();
  auto listener = make_loopback()->open({}, {});
  REQUIRE(listener.ok());
  CHECK((*listener)->wait({kState, "", false}, call).status() == Status::deadline);
}

TEST_CASE("a port that is taken is named, with what to do") {
  const Attempt other;
  const auto port = std::to_string(other.port());
  for (const auto& options : {LoopbackOptions{"", other.port(), ""}, LoopbackOptions{"http://localhost/cb", other.port(), ""}}) {
    const auto taken = make_loopback()->open(options, {});
    REQUIRE(taken.status() == Status::unavailable);
    CHECK(taken.error().message.find("port " + port) == 0);
    CHECK(taken.error().hint.find("redirect_port") != std::string::npos);
  }
  for (const char* host : {"127.0.0.1", "[::1]", "localhost"}) {
    const auto taken = make_loopback()->open({std::string("http://") + host + ":" + port + "/cb", 0, ""}, {});
    REQUIRE(taken.status() == Status::unavailable);
    CHECK(taken.error().hint.find("redirect_uri") != std::string::npos);
  }
}

TEST_CASE("a redirect URI that does not point to this machine is a mistake of the configuration") {
  CHECK(make_loopback()->open({"https://127.0.0.1/cb", 0, ""}, {}).status() == Status::invalid_config);
  CHECK(make_loopback()->open({"", -1, ""}, {}).status() == Status::invalid_config);
  CHECK(make_loopback()->open({"", 65536, ""}, {}).status() == Status::invalid_config);
}
