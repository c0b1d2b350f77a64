// Request and Response: what the demo provider's endpoints see of HTTP.
#pragma once

#include <nlohmann/json.hpp>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace demo_idp {

using Json = nlohmann::json;

// Names and values in the order sent, repeats included: a test wants to see both.
using Pairs = std::vector<std::pair<std::string, std::string>>;

// The first value of `name`; "" if there is none.
std::string first(const Pairs& pairs, std::string_view name);
bool has(const Pairs& pairs, std::string_view name);

std::string url_decode(std::string_view text);  // application/x-www-form-urlencoded
std::string url_encode(std::string_view text);
Pairs parse_form(std::string_view text);
std::string html_escape(std::string_view text);

struct Request {
  std::string method;
  std::string target;
  std::string path;
  Pairs query;
  Pairs form;  // of a urlencoded body
  Pairs headers;  // names in lower case
  std::string body;
};

struct Response {
  int status = 200;
  std::optional<Json> json = {};  // else `body`
  std::string body = {};
  std::string content_type = "application/json";
  Pairs headers = {};

  static Response of(Json value, int status = 200) { return {.status = status, .json = std::move(value)}; }
  static Response html(std::string page, int status = 200) {
    return {.status = status, .body = std::move(page), .content_type = "text/html; charset=utf-8"};
  }
  // RFC 6749, section 5.2.
  static Response error(std::string_view code, std::string_view description, int status = 400) {
    return of({{"error", code}, {"error_description", description}}, status);
  }
  static Response redirect(std::string location) {
    return {.status = 302, .body = "", .content_type = "text/plain", .headers = {{"Location", std::move(location)}}};
  }
};

}  // namespace demo_idp
