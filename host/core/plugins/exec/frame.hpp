// Frame: one line of authhost.exec/1, a JSON object (docs/exec-protocol.md; proto/authhost/plugin/v1/exec.proto has its fields).
#pragma once

#include <authhost/result.hpp>
#include <authhost/secret.hpp>

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace authhost::plugins::exec {

inline constexpr std::string_view kProtocol = "authhost.exec/1";
inline constexpr std::size_t kMaxFrame = 1 << 20;      // bytes of a line that a plugin writes
inline constexpr std::size_t kMaxHostFrame = 4 << 20;  // of one that the host writes: whole bodies are in it, in base64

// The fields of an object as proto3 JSON has them: a name in snake_case or lowerCamelCase, a missing or null one is its default, a
// 64-bit number may be a string, and fields that nobody asks for are passed over. The first one of a wrong type is the problem.
class Fields {
 public:
  explicit Fields(const nlohmann::json& object) : object_(object) {}

  std::string text(const char* name);
  Secret secret(const char* name);
  Secret bytes(const char* name);  // base64, of either alphabet
  std::int64_t integer(const char* name, std::int64_t otherwise = 0);
  bool flag(const char* name);
  std::vector<std::string> texts(const char* name);
  const nlohmann::json* list(const char* name);
  const nlohmann::json* object(const char* name);
  [[nodiscard]] const nlohmann::json* find(const char* name) const;

  // "": none.
  [[nodiscard]] const std::string& problem() const { return problem_; }
  // A part's problem is the whole's.
  void take_problem(const Fields& part) {
    if (problem_.empty()) problem_ = part.problem();
  }

 private:
  const nlohmann::json* find(const char* name, bool (nlohmann::json::*is)() const noexcept, const char* type);
  void wrong(const char* name, const char* type);

  const nlohmann::json& object_;
  std::string problem_;
};

// Wiped at its end: any string in it may be a secret.
class Frame {
 public:
  Frame() = default;
  explicit Frame(nlohmann::json body);
  Frame(Frame&&) = default;
  Frame& operator=(Frame&& other) noexcept;
  Frame(const Frame&) = delete;
  Frame& operator=(const Frame&) = delete;
  ~Frame();

  [[nodiscard]] const nlohmann::json& body() const { return body_; }
  nlohmann::json& body() { return body_; }
  [[nodiscard]] const std::string& type() const { return type_; }
  [[nodiscard]] std::optional<std::int64_t> id() const { return id_; }
  // Without the end of the line. PROTOCOL: a text in it is not UTF-8; longer than `limit`.
  [[nodiscard]] Result<Secret> line(std::size_t limit = kMaxHostFrame) const;

 private:
  friend Result<Frame> read_frame(std::string_view line);
  nlohmann::json body_;
  std::string type_;
  std::optional<std::int64_t> id_;
};

// PROTOCOL: not strict JSON, no object, no type.
Result<Frame> read_frame(std::string_view line);

// "interaction-required", and the same with underscores.
std::optional<Status> status_of_word(std::string_view word);

nlohmann::json base64(std::string_view bytes);
// UTF-8, without control characters that would swell in JSON.
bool is_text(std::string_view bytes);
// Bytes of any kind: as text under `name` where that is what they are, else as base64 under NAME_bytes.
void put_bytes(nlohmann::json& object, const std::string& name, std::string_view bytes);
Secret get_bytes(Fields& fields, const std::string& name);

}  // namespace authhost::plugins::exec
