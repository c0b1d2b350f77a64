#include "core/config/document.hpp"

#include <toml++/toml.h>

#include <algorithm>

namespace authhost::config {
namespace {

constexpr int kDeepestKey = 128;

// The line of a dotted key with too many parts, or 0. The parser bounds the nesting of values, but makes one table
// inside the other for every dot, and a deep enough tower of them overflows the stack when it is taken down.
int line_of_too_deep_key(std::string_view text) {
  int line = 1;
  int dots = 0;
  char before = '\0';
  for (const char c : text) {
    if (c == '\n') ++line;
    if (c == '\n' || c == '=' || c == ',' || c == '{' || c == '[') {
      dots = 0;
    } else if (c == '.' && before != '.' && ++dots > kDeepestKey) {  // "....." is a ruler in a comment
      return line;
    }
    before = c;
  }
  return 0;
}

int line_of(const toml::source_region& source) { return static_cast<int>(source.begin.line); }

Value convert(const toml::node& node) {
  Value value;
  value.line = line_of(node.source());
  if (const auto* text = node.as_string()) {
    value.kind = Value::Kind::text;
    value.text = text->get();
  } else if (const auto* integer = node.as_integer()) {
    value.kind = Value::Kind::integer;
    value.integer = integer->get();
  } else if (const auto* boolean = node.as_boolean()) {
    value.kind = Value::Kind::boolean;
    value.boolean = boolean->get();
  } else if (const auto* list = node.as_array()) {
    value.kind = Value::Kind::list;
    value.items.reserve(list->size());
    for (const auto& item : *list) value.items.push_back(convert(item));
  } else if (const auto* table = node.as_table()) {
    value.kind = Value::Kind::table;
    value.members.reserve(table->size());
    for (auto&& [key, child] : *table) {
      Member member{std::string(key.str()), convert(child)};
      // A key's own line: what people look for, also where the value is a list or table that begins further down.
      if (const int line = line_of(key.source()); line > 0) member.value.line = line;
      value.members.push_back(std::move(member));
    }
    std::stable_sort(value.members.begin(), value.members.end(),
                     [](const Member& a, const Member& b) { return a.value.line < b.value.line; });
  }
  return value;
}

// What the parser says, without the text it stumbled over: that may be a piece of a secret.
Error parse_failure(const std::string& path, const toml::parse_error& error) {
  std::string why(error.description());
  if (const auto quote = why.find(", saw "); quote != std::string::npos) why.resize(quote);
  const int line = line_of(error.source());
  std::string where = line > 0 ? path + ":" + std::to_string(line) : path;
  std::string hint = "correct that line; TOML is described at https://toml.io";
  // A word without quotes is tried as each of these in turn.
  for (const std::string_view kind : {"value", "boolean", "decimal integer", "floating-point", "date", "time"}) {
    if (why.rfind("Error while parsing " + std::string(kind) + ":", 0) == 0) hint = "put texts in quotes: key = \"value\"";
  }
  return {Status::invalid_config, where + ": not valid TOML: " + why, std::move(hint)};
}

}  // namespace

std::string_view kind_name(Value::Kind kind) {
  switch (kind) {
    case Value::Kind::text:
      return "a string";
    case Value::Kind::integer:
      return "an integer";
    case Value::Kind::boolean:
      return "a boolean";
    case Value::Kind::list:
      return "a list";
    case Value::Kind::table:
      return "a table";
    case Value::Kind::other:
      return "a number with a fraction, or a date";
  }
  return "something else";
}

Result<Value> parse_document(std::string_view text, const std::string& path) {
  if (const int line = line_of_too_deep_key(text); line > 0) {
    return Error{Status::invalid_config, path + ":" + std::to_string(line) + ": a key of more than 128 parts",
                 "correct that line"};
  }
#if TOML_EXCEPTIONS
  try {
    return convert(toml::parse(text, std::string_view(path)));
  } catch (const toml::parse_error& error) {
    return parse_failure(path, error);
  }
#else
  const toml::parse_result parsed = toml::parse(text, std::string_view(path));
  if (!parsed) return parse_failure(path, parsed.error());
  return convert(parsed.table());
#endif
}

}  // namespace authhost::config
