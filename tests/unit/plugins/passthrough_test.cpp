#include "built_in.hpp"

#include <catch2/catch.hpp>

using namespace built_in;

namespace {
struct PassHost : Host {
  PassHost() : Host("passthrough") {
    settings["token"] = std::string("mine\n");
    may_interact = false;
  }
};
// {"alg":"none"} . {"exp":1795507199} (a second before the fake clock's now)
constexpr auto kExpired = "eyJhbGciOiJub25lIn0.eyJleHAiOjE3OTU1MDcxOTl9.c2ln";
}  // namespace

TEST_CASE("passthrough hands out the caller's own token, without a request") {
  PassHost host;
  const auto credentials = host.refresh();
  REQUIRE(credentials.ok());
  CHECK(text(credentials->access_token) == "mine");
  CHECK(host.requests.empty());
  CHECK_FALSE(host.can_revoke());
}

TEST_CASE("a token that a server rejected is not handed out again") {
  PassHost host;
  host.set_previous("mine", "");
  const auto result = host.refresh(AUTHHOST_REASON_REJECTED);
  CHECK(result.status() == Status::denied);
  CHECK(contains(result.error().hint, "token"));
  CHECK_FALSE(contains(result.error().message + result.error().hint, "mine"));
}

TEST_CASE("a newer token in the same place is taken after a rejection") {
  PassHost host;
  host.set_previous("older", "");
  CHECK(host.refresh(AUTHHOST_REASON_REJECTED).ok());
}

TEST_CASE("a token of unknown life is believed until a server rejects it, a JWT until it ends") {
  PassHost host;
  host.set_previous("mine", "");
  CHECK(host.refresh(AUTHHOST_REASON_EXPIRED).ok());
  host.settings["token"] = std::string(kExpired);
  CHECK(host.refresh(AUTHHOST_REASON_EXPIRED).status() == Status::denied);
  host.wall -= seconds(10);
  CHECK(host.refresh(AUTHHOST_REASON_EXPIRED).ok());
}

TEST_CASE("no token configured is an error of the configuration") {
  PassHost host;
  host.settings.clear();
  CHECK(host.refresh().status() == Status::invalid_config);
}
