// Document: a JSON answer to a discovery request, and why it is none.
#pragma once

#include "core/services/http.hpp"

#include <nlohmann/json.hpp>

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace authhost::discovery {

// Text that a person may see of a page that is not JSON: its words without its tags, at most 200 bytes, safe.
std::string summarise_html(std::string_view page);

// One discovery answer: a JSON object. Where it came from stays with it, for the errors.
class Document {
 public:
  Document(std::string url, nlohmann::json object) : url_(std::move(url)), object_(std::move(object)) {}

  // PROTOCOL if `body` is not one strict JSON object.
  static Result<Document> parse(std::string url, std::string_view body);

  // The first of these members that is there and not null (proto3 JSON has two spellings of a name); "" if none is.
  // PROTOCOL if it is not a string.
  [[nodiscard]] Result<std::string> text(std::initializer_list<const char*> names) const;
  [[nodiscard]] Result<std::vector<std::string>> texts(std::initializer_list<const char*> names) const;
  [[nodiscard]] Result<bool> flag(const char* name) const;
  [[nodiscard]] const std::string& url() const { return url_; }  // safe to show

 private:
  [[nodiscard]] const nlohmann::json* find(std::initializer_list<const char*> names) const;

  std::string url_;
  nlohmann::json object_;
};

// The body of an answer that is JSON by its content type. Nothing, and the errors, as for fetch().
Result<std::optional<std::string_view>> json_body(const std::string& url, const HttpResponse& response);

// No document: the server does not know this path or this procedure (404, 405, 415, 501), so another one may be tried.
// UNAVAILABLE: no connection, 5xx, 429. PROTOCOL: a redirect (its target is named), another status, not JSON.
Result<std::optional<Document>> fetch(Http& http, const HttpRequest& request, const Call& call);

}  // namespace authhost::discovery
