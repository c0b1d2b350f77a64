// One call into a plugin under test: the real host's own, with time and services from the script.
#pragma once

#include "core/plugins/call_state.hpp"
#include "core/plugins/native_call.hpp"

#include <authhost/testing.hpp>

#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace authhost::testing {

// The script's time, and with it the patience of the caller.
class FakeClock final : public Clock {
 public:
  explicit FakeClock(FakeHost& host);

  [[nodiscard]] WallTime wall() const override;
  [[nodiscard]] Monotonic monotonic() const override;
  Result<void> sleep(Milliseconds duration, const Call& call) const override;

  // As every service does before its work: OK, CANCELLED or DEADLINE. The script may have moved the clock meanwhile.
  Result<void> check(const Call& call) const;
  // Moves the clock; stops early where the call ends.
  Result<void> pass(Milliseconds duration, const Call& call) const;

  [[nodiscard]] FakeHost& host() const { return host_; }
  [[nodiscard]] const Call& call() const { return call_; }
  // Takes over what the script says of the caller by now.
  void look_at_script() const;

 private:
  FakeHost& host_;
  std::shared_ptr<Cancellation> cancellation_ = std::make_shared<Cancellation>();
  mutable Call call_;
};

// The services of the script; the host and the clock outlive them.
Services fake_services(FakeHost& host, const FakeClock& clock);

// The script's settings as a configuration would have them. A number for a duration is one of milliseconds.
config::Settings as_configured(const plugins::AuthenticatorInfo& info, const std::map<std::string, Setting>& settings);

// The fields of a form, decoded; of a repeated name the last. `count`, if there is one, gets how often each stood there.
std::map<std::string, std::string> decode_form(std::string_view form, std::map<std::string, int>* count);

}  // namespace authhost::testing
