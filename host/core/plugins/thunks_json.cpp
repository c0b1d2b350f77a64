// authhost.json/1.
#include "core/plugins/host_table.hpp"
#include "core/services/json.hpp"

#include <iterator>
#include <limits>
#include <string>
#include <utility>

namespace authhost::plugins {
namespace {

using nlohmann::json;

// A parsed text that wipes its strings when the call ends.
struct WipedJson {
  json value;
  explicit WipedJson(json parsed) : value(std::move(parsed)) {}
  WipedJson(WipedJson&& other) noexcept : value(std::move(other.value)) {}
  WipedJson& operator=(WipedJson&&) = delete;
  ~WipedJson() { wipe_json(value); }
};

const json* inside(const authhost_json_value* value) { return reinterpret_cast<const json*>(value); }
const authhost_json_value* outside(const json& value) { return reinterpret_cast<const authhost_json_value*>(&value); }

constexpr authhost_str kEmpty = {"", 0};

// The members of a token answer that must never be quoted back in an error (RFC 6749, section 5.1; RFC 8628, 3.2).
constexpr const char* kSecretMembers[] = {"access_token", "refresh_token", "id_token", "device_code", "token",
                                          "client_secret"};

authhost_status parse(authhost_call* call, authhost_str text, const authhost_json_value** out) {
  return guarded(call, [&]() -> authhost_status {
    if (out == nullptr) return call->fail(Status::usage, "json.parse was given a null pointer");
    *out = nullptr;
    auto parsed = parse_json(view(text));
    if (!parsed) return call->fail(std::move(parsed).error());
    const auto& kept = call->arena.keep(WipedJson(*std::move(parsed))).value;
    if (kept.is_object()) {
      for (const auto* name : kSecretMembers) {
        const auto member = kept.find(name);
        if (member != kept.end() && member->is_string()) call->redactor.add(member->get_ref<const std::string&>());
      }
    }
    *out = outside(kept);
    return AUTHHOST_OK;
  });
}

std::int32_t type(authhost_call*, const authhost_json_value* value) {
  if (value == nullptr) return AUTHHOST_JSON_NULL;
  switch (inside(value)->type()) {
    case json::value_t::boolean: return AUTHHOST_JSON_BOOLEAN;
    case json::value_t::number_integer:
    case json::value_t::number_unsigned:
    case json::value_t::number_float: return AUTHHOST_JSON_NUMBER;
    case json::value_t::string: return AUTHHOST_JSON_STRING;
    case json::value_t::array: return AUTHHOST_JSON_ARRAY;
    case json::value_t::object: return AUTHHOST_JSON_OBJECT;
    default: return AUTHHOST_JSON_NULL;
  }
}

std::size_t length(authhost_call*, const authhost_json_value* value) {
  return value != nullptr && inside(value)->is_structured() ? inside(value)->size() : 0;
}

const authhost_json_value* item(authhost_call*, const authhost_json_value* value, std::size_t index) {
  if (value == nullptr || !inside(value)->is_structured() || index >= inside(value)->size()) return nullptr;
  return outside(*std::next(inside(value)->begin(), static_cast<std::ptrdiff_t>(index)));
}

authhost_str key(authhost_call*, const authhost_json_value* object, std::size_t index) {
  if (object == nullptr || !inside(object)->is_object() || index >= inside(object)->size()) return kEmpty;
  return borrow(std::next(inside(object)->begin(), static_cast<std::ptrdiff_t>(index)).key());
}

const authhost_json_value* member(authhost_call*, const authhost_json_value* object, const char* name) {
  return guarded_or<const authhost_json_value*>(nullptr, [&]() -> const authhost_json_value* {
    if (object == nullptr || name == nullptr || !inside(object)->is_object()) return nullptr;
    const auto found = inside(object)->find(name);
    return found != inside(object)->end() ? outside(*found) : nullptr;
  });
}

authhost_str string(authhost_call*, const authhost_json_value* value) {
  if (value == nullptr || !inside(value)->is_string()) return kEmpty;
  return borrow(*inside(value)->get_ptr<const std::string*>());
}

double number(authhost_call*, const authhost_json_value* value) {
  if (value == nullptr || !inside(value)->is_number()) return std::numeric_limits<double>::quiet_NaN();
  return inside(value)->get<double>();
}

std::int32_t boolean(authhost_call*, const authhost_json_value* value) {
  return value != nullptr && inside(value)->is_boolean() && inside(value)->get<bool>() ? 1 : 0;
}

authhost_status quote(authhost_call* call, authhost_str text, authhost_str* out) {
  return guarded(call, [&]() -> authhost_status {
    if (out == nullptr) return call->fail(Status::usage, "json.quote was given a null pointer");
    WipedJson value(json(std::string(view(text))));
    std::string quoted;
    try {
      quoted = value.value.dump();
    } catch (const json::exception&) {
      return call->fail(Status::protocol, "the text is not UTF-8 and cannot be JSON");
    }
    *out = call->arena.copy(quoted);
    wipe(quoted);
    return AUTHHOST_OK;
  });
}

}  // namespace

const authhost_json_service& json_table() noexcept {
  static const authhost_json_service table = {sizeof(authhost_json_service), &parse, &type, &length, &item, &key, &member,
                                              &string, &number, &boolean, &quote};
  return table;
}

}  // namespace authhost::plugins
