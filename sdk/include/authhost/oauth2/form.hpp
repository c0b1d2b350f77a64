// Form: an application/x-www-form-urlencoded body (RFC 6749, appendix B), wiped when it ends.
#pragma once

#include <authhost/secret.hpp>
#include <authhost/text.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace authhost::oauth2 {

class Form {
 public:
  Form& add(std::string_view name, std::string_view value) {
    if (!body_.empty()) body_.append("&");
    text::form_encode(name, [&](std::string_view piece) { body_.append(piece); });
    body_.append("=");
    text::form_encode(value, [&](std::string_view piece) { body_.append(piece); });
    return *this;
  }
  // For optional parameters: an empty value is not sent.
  Form& add_if(std::string_view name, std::string_view value) { return value.empty() ? *this : add(name, value); }

  [[nodiscard]] std::string_view body() const noexcept { return body_.reveal(); }
  [[nodiscard]] Form clone() const {
    Form copy;
    copy.body_ = body_.clone();
    return copy;
  }

 private:
  Secret body_;
};

// Scopes as the wire has them (RFC 6749, section 3.3).
inline std::string join_scopes(const std::vector<std::string>& scopes) {
  std::string joined;
  for (const auto& scope : scopes) joined.append(joined.empty() ? "" : " ").append(scope);
  return joined;
}

inline std::vector<std::string> split_scopes(std::string_view text) {
  std::vector<std::string> scopes;
  while (!(text = text::trim(text)).empty()) {
    const auto end = text.find_first_of(" \t");
    scopes.emplace_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end);
  }
  return scopes;
}

}  // namespace authhost::oauth2
