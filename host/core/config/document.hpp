// Document: a TOML file as a plain tree that remembers lines, so that one .cpp alone knows the TOML library.
#pragma once

#include <authhost/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace authhost::config {

struct Member;

struct Value {
  enum class Kind { text, integer, boolean, list, table, other };  // other: a float, a date or a time
  Kind kind = Kind::other;
  int line = 0;  // 1-based
  std::string text = {};
  std::int64_t integer = 0;
  bool boolean = false;
  std::vector<Value> items;     // of a list
  std::vector<Member> members;  // of a table, in the order of the file
};

struct Member {
  std::string name;
  Value value;
};

// "a string", "a table", …: for messages.
std::string_view kind_name(Value::Kind kind);

// The root table. INVALID_CONFIG: "PATH:LINE: why"; never quotes a value.
Result<Value> parse_document(std::string_view text, const std::string& path);

}  // namespace authhost::config
