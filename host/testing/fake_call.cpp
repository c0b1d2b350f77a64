#include "fake_call.hpp"

#include <algorithm>

namespace authhost::testing {

authhost_status FakeCall::check() {
  if (host.cancelled_at && host.monotonic >= *host.cancelled_at) return fail(Status::cancelled, "cancelled");
  if (host.deadline && host.monotonic >= *host.deadline) return fail(Status::deadline, "time ran out");
  return AUTHHOST_OK;
}

authhost_status FakeCall::pass(milliseconds duration) {
  milliseconds until = host.monotonic + duration;
  if (host.cancelled_at) until = std::min(until, *host.cancelled_at);
  if (host.deadline) until = std::min(until, *host.deadline);
  until = std::max(until, host.monotonic);
  host.wall += until - host.monotonic;
  host.monotonic = until;
  return check();
}

namespace {

std::string decode(std::string_view text) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10; };
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') out.push_back(' ');
    else if (text[i] == '%' && i + 2 < text.size()) {
      out.push_back(static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2])));
      i += 2;
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

}  // namespace

std::map<std::string, std::string> decode_form(std::string_view form, std::map<std::string, int>* count) {
  std::map<std::string, std::string> values;
  while (!form.empty()) {
    const auto pair = form.substr(0, form.find('&'));
    form.remove_prefix(std::min(form.size(), pair.size() + 1));
    if (pair.empty()) continue;
    const auto equals = pair.find('=');
    const auto name = decode(pair.substr(0, equals));
    values[name] = equals == std::string_view::npos ? "" : decode(pair.substr(equals + 1));
    if (count != nullptr) ++(*count)[name];
  }
  return values;
}

std::map<std::string, std::string> query_of(std::string_view url) {
  const auto mark = url.find('?');
  return mark == std::string_view::npos ? std::map<std::string, std::string>{} : decode_form(url.substr(mark + 1), nullptr);
}

}  // namespace authhost::testing
