#include "core/discovery/document.hpp"

#include "core/services/http_url.hpp"
#include "core/services/json.hpp"
#include "core/services/redact.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace authhost::discovery {
namespace {

using nlohmann::json;

constexpr std::size_t kSummary = 200;  // bytes

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

// "application/json" of "Application/JSON; charset=utf-8".
std::string media_type(const HttpResponse& response) {
  std::string type = lower(response.header("content-type"));
  type.resize(std::min(type.size(), type.find(';')));
  while (!type.empty() && (type.back() == ' ' || type.back() == '\t')) type.pop_back();
  return type;
}

bool is_json(std::string_view type) {
  constexpr std::string_view kSuffix = "+json";
  return type == "application/json" || (type.size() > kSuffix.size() && type.substr(0, 12) == "application/" &&
                                        type.substr(type.size() - kSuffix.size()) == kSuffix);
}

// Where a redirect leads, without the query: it may carry what the server was told.
std::string shown_target(std::string_view location) {
  if (const auto url = parse_http_url("Location", location)) return url->shown;
  return safe_text(location.substr(0, location.find_first_of("?#")), kSummary);
}

Error refuse(const std::string& url, const HttpResponse& response) {
  const int status = response.status;
  const auto type = media_type(response);
  if (status / 100 == 3) {
    const std::string target = shown_target(response.header("location"));
    return {Status::protocol,
            fmt::format("{} answered with a redirect ({}) to {}; discovery follows none", url, status,
                        target.empty() ? "nowhere" : target),
            "configure the address that answers itself"};
  }
  if (status / 100 == 5 || status == 429 || status == 408) {
    Error error{Status::unavailable, fmt::format("{} answered with status {}", url, status), "try again later"};
    if (response.retry_after) error.retry_after_ms = response.retry_after->count();
    return error;
  }
  constexpr std::string_view kHint =
      "check the endpoint and the issuer: a login page or a captive portal may be in the way";
  if (type == "text/html" || type == "application/xhtml+xml") {
    return {Status::protocol,
            fmt::format("{} answered with an HTML page{}: {}", url, status == 200 ? "" : fmt::format(" ({})", status),
                        summarise_html(response.body.reveal())),
            std::string(kHint)};
  }
  if (status != 200)
    return {Status::protocol, fmt::format("{} answered with status {}", url, status), std::string(kHint)};
  return {Status::protocol,
          fmt::format("{} answered with content type {} instead of application/json", url,
                      type.empty() ? "(none)" : safe_text(type, 64)),
          std::string(kHint)};
}

}  // namespace

std::string summarise_html(std::string_view page) {
  std::string words;
  const std::string names = lower(page);
  for (std::size_t at = 0; at < page.size() && words.size() < 8 * kSummary;) {
    if (page[at] != '<') {
      words += page[at++];
      continue;
    }
    // What stands inside these is not for reading.
    std::string_view end = ">";
    for (const auto& [open, close] : {std::pair<std::string_view, std::string_view>{"<script", "</script>"},
                                      {"<style", "</style>"},
                                      {"<!--", "-->"}}) {
      if (names.compare(at, open.size(), open) == 0) end = close;
    }
    const std::size_t stop = names.find(end, at);
    if (stop == std::string::npos) break;
    at = stop + end.size();
    words += ' ';
  }
  std::string summary = safe_text(words, kSummary);
  return summary.empty() ? "(without text)" : summary;
}

const json* Document::find(std::initializer_list<const char*> names) const {
  for (const char* name : names) {
    if (const auto member = object_.find(name); member != object_.end() && !member->is_null()) return &*member;
  }
  return nullptr;
}

Result<std::string> Document::text(std::initializer_list<const char*> names) const {
  const json* member = find(names);
  if (member == nullptr) return std::string();
  if (!member->is_string())
    return Error{Status::protocol, fmt::format("{}: {} is not a string", url_, *names.begin()), ""};
  return member->get<std::string>();
}

Result<std::vector<std::string>> Document::texts(std::initializer_list<const char*> names) const {
  std::vector<std::string> out;
  const json* member = find(names);
  if (member == nullptr) return out;
  const bool all_strings = member->is_array() && std::all_of(member->begin(), member->end(),
                                                             [](const json& item) { return item.is_string(); });
  if (!all_strings)
    return Error{Status::protocol, fmt::format("{}: {} is not a list of strings", url_, *names.begin()), ""};
  for (const json& item : *member) out.push_back(item.get<std::string>());
  return out;
}

Result<bool> Document::flag(const char* name) const {
  const json* member = find({name});
  if (member == nullptr) return false;
  if (!member->is_boolean()) return Error{Status::protocol, fmt::format("{}: {} is not true or false", url_, name), ""};
  return member->get<bool>();
}

Result<Document> Document::parse(std::string url, std::string_view body) {
  auto parsed = parse_json(body);
  if (!parsed) return std::move(parsed).error().in(url);
  if (!parsed->is_object()) return Error{Status::protocol, url + ": the answer is not a JSON object", ""};
  return Document(std::move(url), *std::move(parsed));
}

Result<std::optional<std::string_view>> json_body(const std::string& url, const HttpResponse& response) {
  // 404, 405: no such path. 501, and 404 from older ones: Connect's "unimplemented". 415: a server of gRPC alone.
  for (const int unknown : {404, 405, 415, 501}) {
    if (response.status == unknown) return std::optional<std::string_view>();
  }
  if (response.status != 200 || !is_json(media_type(response))) return refuse(url, response);
  return std::optional{response.body.reveal()};
}

Result<std::optional<Document>> fetch(Http& http, const HttpRequest& request, const Call& call) {
  AUTHHOST_TRY(response, http.send(request, call));
  const auto parsed = parse_http_url("the URL", request.url);
  std::string url = parsed ? parsed->shown : "the server";
  AUTHHOST_TRY(body, json_body(url, response));
  if (!body) return std::optional<Document>();
  AUTHHOST_TRY(document, Document::parse(std::move(url), *body));
  return std::optional{std::move(document)};
}

}  // namespace authhost::discovery
