// The table of keys as JSON Schema. Written by hand: a JSON library would weigh on the path of a cached token.
#include "core/config/schema.hpp"

namespace authhost::config {
namespace {

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

std::string indent(int depth) { return std::string(static_cast<std::size_t>(depth) * 2, ' '); }

// The members that say what type a key has; `table` names another definition.
std::string type_members(const Key& key) {
  switch (key.type) {
    case Type::text:
    case Type::path:
      return R"("type": "string")";
    case Type::boolean:
      return R"("type": "boolean")";
    case Type::duration:
      return R"("type": "string", "pattern": "^([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?$", "minLength": 2)";
    case Type::choice: {
      std::string text = R"("enum": [)";
      for (std::size_t i = 0; i < key.choices.size(); ++i) {
        if (i > 0) text += ", ";
        text += quoted(key.choices[i]);
      }
      return text + "]";
    }
    case Type::text_list:
    case Type::path_list:
      return R"("type": "array", "items": {"type": "string"})";
    case Type::settings:
      return R"("$ref": "#/$defs/settings")";
    case Type::table:
      if (key.name == "profiles") return R"("type": "object", "additionalProperties": {"$ref": "#/$defs/profile"})";
      return R"("$ref": "#/$defs/)" + std::string(key.name) + '"';
  }
  return "";
}

std::string properties(Section section, int depth) {
  std::string text;
  for (const auto& key : keys()) {
    if (key.section != section) continue;
    if (!text.empty()) text += ",\n";
    text += indent(depth) + quoted(key.name) + ": {" + type_members(key);
    // TOML's strings, booleans and lists of strings, as they stand in the table, are JSON as well.
    if (!key.default_text.empty()) text += ", \"default\": " + std::string(key.default_text);
    text += ",\n" + indent(depth + 1) + "\"description\": " + quoted(key.meaning) + "}";
  }
  return text + "\n";
}

std::string definition(std::string_view name, Section section) {
  return indent(2) + quoted(name) + ": {\n" + indent(3) + "\"type\": \"object\",\n" + indent(3) +
         "\"additionalProperties\": false,\n" + indent(3) + "\"properties\": {\n" + properties(section, 4) + indent(3) +
         "}\n" + indent(2) + "},\n";
}

}  // namespace

std::string json_schema() {
  std::string text = "{\n";
  text += indent(1) + "\"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n";
  text += indent(1) + "\"title\": \"authhost configuration\",\n";
  text += indent(1) + "\"type\": \"object\",\n";
  text += indent(1) + "\"additionalProperties\": false,\n";
  text += indent(1) + "\"properties\": {\n" + properties(Section::root, 2) + indent(1) + "},\n";
  text += indent(1) + "\"$defs\": {\n";
  text += definition("profile", Section::profile);
  text += definition("client", Section::client);
  text += definition("proxy_authenticator", Section::proxy);
  text += definition("plugins", Section::plugins);
  text += indent(2) + "\"settings\": {\n" + indent(3) + "\"type\": \"object\",\n" + indent(3) +
          "\"additionalProperties\": {\n" + indent(4) + "\"anyOf\": [\n" + indent(5) + "{\"type\": \"string\"},\n" +
          indent(5) + "{\"type\": \"integer\"},\n" + indent(5) + "{\"type\": \"boolean\"},\n" + indent(5) +
          "{\"type\": \"array\", \"items\": {\"type\": \"string\"}}\n" + indent(4) + "]\n" + indent(3) + "}\n" +
          indent(2) + "}\n";
  return text + indent(1) + "}\n}\n";
}

}  // namespace authhost::config
