// A line of an exec plugin: whatever it holds, it is a frame or an error.
#include "core/plugins/exec/description.hpp"
#include "core/plugins/exec/frame.hpp"

#include <cstddef>
#include <cstdint>

using namespace authhost::plugins::exec;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto frame = read_frame({reinterpret_cast<const char*>(data), size});
  if (!frame) return 0;
  static_cast<void>(read_description(*frame));
  Fields fields(frame->body());
  for (const char* name : {"access_token", "message", "status"}) {
    static_cast<void>(fields.text(name));
    static_cast<void>(fields.integer(name));
    static_cast<void>(fields.texts(name));
    static_cast<void>(get_bytes(fields, name));
  }
  const auto line = frame->line();
  // What was read once is written so that it can be read again.
  if (!line || !read_frame(line->reveal())) __builtin_trap();
  return 0;
}
