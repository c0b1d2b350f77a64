// A line of an exec plugin that asks for something: whatever it holds, there is one answer, and nothing is done twice.
#include "core/plugins/exec/service_calls.hpp"
#include "core/plugins/host_table.hpp"

#include <cstddef>
#include <cstdint>

using namespace authhost;
using namespace authhost::plugins;

namespace {

// Time stands still, and nobody sleeps.
class StillClock final : public Clock {
 public:
  [[nodiscard]] WallTime wall() const override { return WallTime{std::chrono::seconds{1'800'000'000}}; }
  [[nodiscard]] Monotonic monotonic() const override { return Monotonic{std::chrono::hours{1}}; }
  Result<void> sleep(Milliseconds, const Call&) const override { return {}; }
};

class EchoHttp final : public Http {
 public:
  Result<HttpResponse> send(const HttpRequest& request, const Call&) override {
    HttpResponse response;
    response.status = 200;
    response.headers = request.headers;
    response.body = Secret(request.body.reveal());
    return response;
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto frame = exec::read_frame({reinterpret_cast<const char*>(data), size});
  if (!frame) return 0;
  const StillClock clock;
  Call caller;
  caller.clock = &clock;
  caller.may_interact = true;
  std::map<std::string, Secret> stored;
  stored["kept"] = Secret("value");
  RefreshRequest work;
  work.endpoint = "dns:///example.com";
  work.extras = &stored;
  work.services.http = std::make_shared<EchoHttp>();
  AuthenticatorInfo info;
  info.id = "org.example.fuzz";
  SettingInfo secret;
  secret.name = "key";
  secret.type = AUTHHOST_SETTING_SECRET;
  info.settings.push_back(std::move(secret));
  config::Settings settings;
  settings["key"].value = std::string("\xffs3cret");
  work.settings = &settings;
  const Permissions permissions{"m.toml", known_services(), known_services()};
  authhost_call state(caller, info, permissions, &work);
  for (const bool of_runner : {false, true}) {
    exec::ServiceCalls calls(state, of_runner);
    const exec::Frame answer = calls.answer(*frame);
    if (answer.type() != "" || !answer.line()) __builtin_trap();
  }
  return 0;
}
