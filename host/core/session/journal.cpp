#include "core/session/journal.hpp"

#include "core/services/crypto.hpp"
#include "core/services/json.hpp"

#include <algorithm>

namespace authhost {

namespace {

std::int64_t to_ms(WallTime time) {
  return std::chrono::duration_cast<Milliseconds>(time.time_since_epoch()).count();
}

}  // namespace

std::string token_digest(std::string_view token) {
  if (token.empty()) return "";
  const auto digest = crypto::sha256(token);
  return crypto::hex(digest.data(), digest.size() / 2);
}

std::optional<JournalEntry> Journal::read() const {
  auto bytes = folder_.read(name_, 64 << 10);
  if (!bytes || !*bytes) return std::nullopt;
  auto json = parse_json((*bytes)->reveal());
  if (!json) return std::nullopt;
  try {
    JournalEntry entry;
    entry.kind = json->at("kind") == "failed" ? JournalEntry::Kind::failed : JournalEntry::Kind::refreshing;
    const auto at_ms = json->at("at_ms").get<std::int64_t>();
    constexpr std::int64_t kFar = 9'000'000'000'000;  // year 2255: the clock counts nanoseconds
    if (at_ms < 0 || at_ms > kFar) return std::nullopt;
    entry.at = WallTime{Milliseconds{at_ms}};
    entry.token_digest = json->at("token").get<std::string>();
    if (entry.kind == JournalEntry::Kind::failed) {
      const auto status = static_cast<Status>(json->at("status").get<std::int32_t>());
      if (status == Status::ok || std::ranges::find(kAllStatuses, status) == std::end(kAllStatuses)) return std::nullopt;
      entry.error = Error{status, json->at("message").get<std::string>(), json->at("hint").get<std::string>(),
                          json->at("retry_after_ms").get<std::int64_t>()};
    }
    return entry;
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;
  }
}

Result<void> Journal::write(const JournalEntry& entry) const {
  nlohmann::json json{{"v", 1},
                      {"kind", entry.kind == JournalEntry::Kind::failed ? "failed" : "refreshing"},
                      {"at_ms", to_ms(entry.at)},
                      {"token", entry.token_digest}};
  if (entry.reserve > 0) json["reserve"] = std::string(entry.reserve, '.');
  if (entry.error) {
    json["status"] = static_cast<std::int32_t>(entry.error->status);
    json["message"] = entry.error->message;
    json["hint"] = entry.error->hint;
    json["retry_after_ms"] = entry.error->retry_after_ms;
  }
  return folder_.write(name_, json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

void Journal::clear() const {
  if (auto removed = folder_.remove(name_); !removed) return;  // an old entry is harmless
}

}  // namespace authhost
