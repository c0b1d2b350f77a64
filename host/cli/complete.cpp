#include "verbs.hpp"

#include <algorithm>
#include <chrono>
#include <string_view>

namespace authhost::cli {

namespace {

// Shells expand and split what a completion offers them, and a project's file is not always one's own.
bool is_plain(std::string_view word) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_' ||
           c == '@' || c == '+';
  };
  return !word.empty() && word.front() != '-' && std::all_of(word.begin(), word.end(), plain);
}

}  // namespace

// Somebody has pressed the key and waits.
constexpr std::chrono::seconds kPatience{2};

Result<void> complete(const App& app) {
  AUTHHOST_TRY(config, app.load_config());
  std::string text;
  const auto offer = [&](const std::string& word) {
    if (is_plain(word)) text += word + "\n";
  };
  if (app.arguments().complete == "profiles") {
    for (const auto& entry : config.profiles) offer(entry.first);
    return print(text);
  }
  for (const auto& record : plugins::make_registry(config.plugins)->list(app.call().within(kPatience))) {
    for (const auto& info : record.authenticators) offer(info.short_name);
  }
  return print(text);
}

}  // namespace authhost::cli
