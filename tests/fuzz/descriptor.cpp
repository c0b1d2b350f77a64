// What a native plugin says of itself: any sizes, numbers and texts, null pointers anywhere. Pointers that lead nowhere, and lists that are
// shorter than they say, cannot be told from good ones and are not tried.
#include "core/plugins/descriptor.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <string>
#include <vector>

namespace {

using namespace authhost;

class Bytes {
 public:
  Bytes(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}
  std::uint8_t byte() { return at_ < size_ ? data_[at_++] : 0; }
  // Mostly `usual`: what follows should be reached.
  template <class T>
  T number(T usual) {
    const std::uint8_t kind = byte();
    if (kind < 160) return usual;
    if (kind < 220) return static_cast<T>(byte());
    T out{};
    for (std::size_t i = 0; i < sizeof out; ++i) out = static_cast<T>(out << 8 | byte());
    return out;
  }
  const char* text(const char* usual) {
    const std::uint8_t kind = byte();
    if (kind < 120) return usual;
    if (kind < 140) return nullptr;
    std::string& out = texts_.emplace_back();
    for (std::size_t length = kind - 140U; out.size() < length;) out += static_cast<char>(byte());
    return out.c_str();
  }
  // Of `there` things: as many, or fewer, or, with nothing there, any number.
  std::size_t count(std::size_t there) { return there > 0 ? byte() % (there + 1) : number<std::size_t>(0); }

 private:
  const std::uint8_t* const data_;
  const std::size_t size_;
  std::size_t at_ = 0;
  std::deque<std::string> texts_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Bytes bytes(data, size);
  std::array<const char*, 3> allowed{};
  for (auto& one : allowed) one = bytes.text("word");
  std::array<authhost_setting, 3> settings{};
  std::vector<const authhost_setting*> list;
  for (auto& one : settings) {
    one.size = bytes.number(sizeof one);
    one.name = bytes.text("token");
    one.type = bytes.number<std::int32_t>(AUTHHOST_SETTING_STRING);
    one.flags = bytes.number<std::uint32_t>(0);
    one.summary = bytes.text("for tests");
    one.default_value = bytes.text(nullptr);
    one.allowed = bytes.byte() < 128 ? nullptr : allowed.data();
    one.n_allowed = bytes.count(one.allowed != nullptr ? allowed.size() : 0);
    list.push_back(bytes.byte() < 250 ? &one : nullptr);
  }
  std::array<const char*, 2> services{};
  for (auto& one : services) one = bytes.text("authhost.http/1");
  authhost_descriptor descriptor{};
  descriptor.size = bytes.number(sizeof descriptor);
  descriptor.id = bytes.text("org.example.fuzzed");
  descriptor.name = bytes.text("Fuzzed");
  descriptor.version = bytes.text("1");
  descriptor.summary = bytes.text("for tests");
  descriptor.settings = bytes.byte() < 64 ? nullptr : list.data();
  descriptor.n_settings = bytes.count(descriptor.settings != nullptr ? list.size() : 0);
  descriptor.services_needed = bytes.byte() < 64 ? nullptr : services.data();
  descriptor.n_services_needed = bytes.count(descriptor.services_needed != nullptr ? services.size() : 0);
  descriptor.capabilities = bytes.number<std::uint32_t>(0);
  if (bytes.byte() < 250) {
    descriptor.create = [](const authhost_host*, authhost_call*, authhost_instance**) -> authhost_status { return AUTHHOST_OK; };
    descriptor.destroy = [](authhost_instance*) {};
    descriptor.refresh = [](authhost_instance*, authhost_call*, const authhost_refresh*) -> authhost_status { return AUTHHOST_OK; };
  }
  std::array<const authhost_descriptor*, 2> all = {&descriptor, bytes.byte() < 200 ? &descriptor : nullptr};
  authhost_plugin plugin{};
  plugin.size = bytes.number(sizeof plugin);
  plugin.abi_major = bytes.number<std::uint32_t>(AUTHHOST_ABI_MAJOR);
  plugin.abi_minor = bytes.number<std::uint32_t>(AUTHHOST_ABI_MINOR);
  plugin.min_host_minor = bytes.number<std::uint32_t>(0);
  plugin.authenticators = bytes.byte() < 250 ? all.data() : nullptr;
  plugin.n_authenticators = static_cast<std::uint32_t>(bytes.count(plugin.authenticators != nullptr ? all.size() : 0));
  if (!plugins::check_plugin(plugin, bytes.number<std::uint64_t>(sizeof plugin))) return 0;
  for (std::uint32_t i = 0; i < plugin.n_authenticators; ++i) {
    if (auto info = plugins::read_descriptor(plugin.authenticators[i])) static_cast<void>(plugins::check_info(*info));
  }
  return 0;
}
