#include "core/session/backoff.hpp"

#include <catch2/catch.hpp>

using namespace authhost;
using std::chrono::seconds;

TEST_CASE("the back-off grows from a second to half a minute, with jitter down to half, and starts over after a success") {
  for (std::uint64_t seed = 1; seed < 50; ++seed) {
    Backoff backoff(seed);
    const Monotonic now{};
    Milliseconds full{1000};
    for (int i = 0; i < 8; ++i) {
      backoff.failed({Status::unavailable, "", ""}, now);
      CHECK(backoff.until() - now >= full / 2);
      CHECK(backoff.until() - now <= full);
      full = std::min<Milliseconds>(full * 2, seconds{30});
    }
    backoff.succeeded();
    CHECK_FALSE(backoff.holding(now));
    backoff.failed({Status::unavailable, "", ""}, now);
    CHECK(backoff.until() - now <= seconds{1});
  }
}

TEST_CASE("O69 Retry-After keeps callers away for as long as it says") {
  Backoff backoff(7);
  const Monotonic now{};
  backoff.failed({Status::unavailable, "", "", 60'000}, now);
  CHECK(backoff.holding(now + seconds{59}).has_value());
  CHECK_FALSE(backoff.holding(now + seconds{60}).has_value());
}
