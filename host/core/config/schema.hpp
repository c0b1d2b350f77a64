// The keys of the configuration file: one table, from which reading, errors, `config show`, the JSON Schema and the
// reference in docs/config.md come.
#pragma once

#include "core/config/profile.hpp"

#include <authhost/result.hpp>

#include <chrono>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace authhost::config {

enum class Section { root, plugins, profile, client, proxy };

enum class Type {
  text,
  path,  // relative to the file that says it; `~/` is the home folder
  boolean,
  duration,  // "60s"
  choice,    // one of `choices`
  text_list,
  path_list,
  table,     // [plugins], [profiles.X], [profiles.X.client], proxy_authenticator
  settings,  // a table whose keys the plugin declares
};

// Where a key's value lives. A choice is an enum whose enumerators are in the order of `choices`.
using Slot = std::variant<std::monostate, std::string Profile::*, bool Profile::*, std::chrono::milliseconds Profile::*,
                          Discovery Profile::*, Storage Profile::*, std::string ClientConfig::*,
                          std::vector<std::string> ClientConfig::*>;

struct Key {
  Section section;
  std::string_view name;
  Type type;
  std::string_view default_text;  // as TOML; "" where there is none
  std::string_view example;       // as TOML
  std::string_view meaning;       // one sentence for people
  std::vector<std::string> choices = {};
  Slot slot = {};
};

// In the order in which they are documented.
const std::vector<Key>& keys();

const Key* find_key(Section section, std::string_view name);
std::vector<std::string> key_names(Section section);

// The position of `text` among key.choices. INVALID_CONFIG "must be one of …" for a phrase after the key's name.
Result<std::size_t> find_choice(const Key& key, std::string_view text);

// "[profiles.NAME.client]", …: how people know it.
std::string_view section_title(Section section);
// "string", "boolean", …: how docs/config.md calls it.
std::string type_text(const Key& key);

// The file format as JSON Schema (draft 2020-12), with a newline at its end; config/authhost.schema.json is this text.
std::string json_schema();

}  // namespace authhost::config
