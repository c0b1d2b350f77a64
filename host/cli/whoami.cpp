#include "table.hpp"
#include "verbs.hpp"

#include "core/services/json.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace authhost::cli {

namespace {

using nlohmann::ordered_json;

constexpr std::size_t kMostRows = 200;

// What a person wants to see first; the rest in order of its names.
ordered_json in_order(const nlohmann::json& claims) {
  constexpr std::array<std::string_view, 4> kFirst = {"sub", "name", "preferred_username", "email"};
  ordered_json ordered = ordered_json::object();
  auto& members = ordered.get_ref<ordered_json::object_t&>();
  using Members = ordered_json::object_t::Container;  // appends without looking for the name: there may be very many
  for (const std::string_view name : kFirst) {
    if (const auto claim = claims.find(std::string(name)); claim != claims.end()) members.Members::emplace_back(std::string(name), *claim);
  }
  for (const auto& [name, value] : claims.items()) {
    if (std::find(kFirst.begin(), kFirst.end(), name) == kFirst.end()) members.Members::emplace_back(name, value);
  }
  return ordered;
}

std::string value_text(const ordered_json& value) {
  if (value.is_string()) return value.get<std::string>();
  const bool words = value.is_array() && std::all_of(value.begin(), value.end(), [](const auto& one) { return one.is_string(); });
  if (!words) return value.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
  std::string text;
  for (const auto& word : value) text += (text.empty() ? "" : ", ") + word.get<std::string>();
  return text;
}

}  // namespace

Result<void> whoami(const App& app) {
  AUTHHOST_TRY(session, app.open_session());
  AUTHHOST_TRY(who, session->identify(app.call()));
  for (const auto& warning : who.warnings) app.warn(warning);
  if (who.source == Identity::Source::id_token) {
    app.warn("these are the claims of the ID token as the login brought it: the server was not asked, for it names no userinfo endpoint");
  }
  AUTHHOST_TRY(claims, parse_json(who.claims));
  const ordered_json ordered = in_order(claims);
  // In ASCII: a terminal may show it.
  if (app.json()) return print(ordered.dump(-1, ' ', true, ordered_json::error_handler_t::replace) + "\n");
  std::vector<std::vector<std::string>> rows;
  for (const auto& [name, value] : ordered.items()) {
    if (rows.size() == kMostRows) {
      rows.push_back({"…", std::to_string(ordered.size() - kMostRows) + " more claims: --output json has them"});
      break;
    }
    rows.push_back({name, value_text(value)});
  }
  return print(table_text(rows));
}

}  // namespace authhost::cli
