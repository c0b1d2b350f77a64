// The pages that a browser sees when it comes back to us: self-contained, without a script.
#pragma once

#include <string>
#include <string_view>

namespace authhost {

struct LoopbackPage {
  int status = 200;          // of HTTP
  bool success = false;
  std::string_view title;    // plain text, like `detail`; both are cleaned and escaped
  std::string_view detail;
};

// A whole HTTP/1.1 answer, which also ends the connection.
std::string loopback_answer(const LoopbackPage& page);
// An answer without a page, e.g. 204.
std::string loopback_answer(int status);

}  // namespace authhost
