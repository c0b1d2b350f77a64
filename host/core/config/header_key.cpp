#include "core/config/header_key.hpp"

#include <algorithm>
#include <iterator>

namespace authhost::config {

namespace {

constexpr std::string_view kTaken[] = {
    "connection", "content-length", "content-type", "cookie", "host", "http2-settings", "keep-alive", "lb-token", "proxy-authorization",
    "proxy-connection", "referer", "te", "traceparent", "tracestate", "trailer", "transfer-encoding", "upgrade", "user-agent",
    "x-forwarded-for", "x-request-id"};
constexpr std::size_t kLongest = 64;

}  // namespace

std::string header_key_of(std::string_view name) {
  std::string out(name);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

bool is_header_key(std::string_view name) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  };
  return !name.empty() && name.size() <= kLongest && std::all_of(name.begin(), name.end(), allowed) &&
         name.substr(0, 5) != "grpc-" && !(name.size() >= 4 && name.substr(name.size() - 4) == "-bin") &&
         std::find(std::begin(kTaken), std::end(kTaken), name) == std::end(kTaken);
}

}  // namespace authhost::config
