// A line of a host to the runner: whatever it holds, it is a request or an error.
#include "runner/read_request.hpp"

#include <authhost/abi.h>

#include <cstddef>
#include <cstdint>

using namespace authhost;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto frame = plugins::exec::read_frame({reinterpret_cast<const char*>(data), size});
  if (!frame) return 0;
  plugins::AuthenticatorInfo info;
  for (const auto& [name, type] : {std::pair{"token", AUTHHOST_SETTING_SECRET}, {"wait", AUTHHOST_SETTING_DURATION}, {"list", AUTHHOST_SETTING_STRING_LIST}}) {
    plugins::SettingInfo setting;
    setting.name = name;
    setting.type = type;
    info.settings.push_back(std::move(setting));
  }
  runner::ReadRequest request;
  static_cast<void>(runner::read_request(*frame, info, request));
  return 0;
}
