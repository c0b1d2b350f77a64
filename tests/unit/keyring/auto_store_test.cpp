// Two stores as one: no login is lost between them.
#include "core/keyring/auto_store.hpp"

#include "scratch.hpp"

using namespace authhost;
using namespace authhost::keyring;

namespace {

class SetClock final : public Clock {
 public:
  [[nodiscard]] WallTime wall() const override { return {}; }
  [[nodiscard]] Monotonic monotonic() const override { return now; }
  Result<void> sleep(Milliseconds, const Call&) const override { return {}; }
  mutable Monotonic now{std::chrono::hours{1}};
};

// A keyring that says nothing until the time it was given is over.
class Hanging final : public Store {
 public:
  [[nodiscard]] std::string_view name() const override { return "secret-service"; }
  Result<void> probe(const Call& call) override { return hang(call); }
  Result<std::optional<StoredItem>> get(const config::SessionKey&, const Call& call) override { return hang(call).error(); }
  Result<void> put(const config::SessionKey&, const StoredItem&, const Call& call) override { return hang(call); }
  Result<void> drop(const config::SessionKey&, const Call& call) override { return hang(call); }

 private:
  static Result<void> hang(const Call& call) {
    static_cast<const SetClock*>(call.clock)->now = call.deadline.value();
    return call.check();
  }
};

}  // namespace

TEST_CASE("O76 a keyring that hangs does not take the time in which the file can be written") {
  const SetClock clock;
  const auto file = make_memory_store();
  AutoStore both(std::make_shared<Hanging>(), file);
  Call call;
  call.clock = &clock;
  CHECK(both.put(test_key(), test_item(), call.within(std::chrono::seconds{10})).ok());
  CHECK(both.name() == file->name());
  const auto found = both.get(test_key(), call.within(std::chrono::seconds{10}));
  REQUIRE(found.ok());
  REQUIRE(found->has_value());
  CHECK((*found)->credentials.refresh_token == test_item().credentials.refresh_token);
}
