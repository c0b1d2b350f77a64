#include "core/services/log.hpp"

#include "core/services/redact.hpp"

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <exception>

namespace authhost::log {
namespace {

constexpr std::size_t kMaxLine = 2048;  // bytes
constexpr std::size_t kShortVoice = 1024;      // bytes of a plugin in a call: a terminal's page is not lost
constexpr std::size_t kLongVoice = 12 * 1024;  // where somebody looks for everything

std::atomic<Level> shown{Level::error};
std::atomic<bool> marked{false};

// Of a plugin in a call, of each of the two kinds.
std::size_t room_now() {
  if (marked.load(std::memory_order_relaxed)) return SIZE_MAX;
  return enabled(Level::debug) ? kLongVoice : kShortVoice;
}

std::string_view beginning(Level level) {
  const bool mark = marked.load(std::memory_order_relaxed);
  switch (level) {
    case Level::error: return mark ? "<3>" : "authhost: error: ";
    case Level::warn: return mark ? "<4>" : "authhost: warning: ";
    case Level::info: return mark ? "<6>" : "authhost: info: ";
    case Level::debug: return mark ? "<7>" : "authhost: debug: ";
  }
  return "authhost: ";
}

// A logger of our own, outside spdlog's registry: the library is a guest in its program. Never destroyed, because
// threads may log while the program ends.
spdlog::logger& logger() {
  static auto* const instance = [] {
    auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    auto* created = new spdlog::logger("authhost", std::move(sink));
    created->set_pattern("%v");
    created->set_level(spdlog::level::trace);  // `shown` decides
    created->flush_on(spdlog::level::trace);
    return created;
  }();
  return *instance;
}

}  // namespace

void set_level(Level level) { shown.store(level, std::memory_order_relaxed); }

bool enabled(Level level) { return level <= shown.load(std::memory_order_relaxed); }

void mark_levels() { marked.store(true, std::memory_order_relaxed); }

void write(Level level, std::string_view line) {
  if (!enabled(level)) return;
  std::string text(beginning(level));
  text.append(safe_text(line, kMaxLine));
  logger().log(spdlog::level::info, spdlog::string_view_t(text.data(), text.size()));
}

bool Voice::takes(Level level) {
  if (!enabled(level)) return false;
  Room& room = room_for(level);
  if (room.left_out == 0 && room.written < room_now()) return true;
  ++room.left_out;
  room.gravest = std::min(room.gravest, level);
  return false;
}

void Voice::write(Level level, std::string_view line) {
  Room& room = room_for(level);
  const std::size_t all = room_now();
  const std::size_t around = name_.size() + beginning(level).size() + 3;  // what is written with it
  const std::size_t left = all - room.written > around ? all - room.written - around : 1;
  const std::string text = safe_text(line, left);
  room.written += std::min(all - room.written, around + text.size());
  log::write(level, name_ + ": " + text);
}

Voice::~Voice() {
  try {
    for (const Room* room : {&grave_, &other_}) {
      if (room->left_out == 0) continue;
      log::write(room->gravest, name_ + ": " + std::to_string(room->left_out) + " more lines are left out" + (enabled(Level::debug) ? "" : "; -vvv shows more"));
    }
  } catch (const std::exception&) {  // there is no memory for it: nothing is lost but that
  }
}

}  // namespace authhost::log
