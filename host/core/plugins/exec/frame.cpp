#include "core/plugins/exec/frame.hpp"

#include "core/services/crypto.hpp"
#include "core/services/json.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <ostream>
#include <streambuf>
#include <utility>

namespace authhost::plugins::exec {

namespace {

using nlohmann::json;

// Wiped with every buffer that it has grown out of. (The library's own buffer of a few hundred bytes is not.)
class SecretBuffer final : public std::streambuf {
 public:
  Secret text;

 private:
  int_type overflow(int_type c) override {
    const char one = traits_type::to_char_type(c);
    text.append({&one, 1});
    return c;
  }
  std::streamsize xsputn(const char* bytes, std::streamsize count) override {
    text.append({bytes, static_cast<std::size_t>(count)});
    return count;
  }
};

// "client_config" -> "clientConfig"
std::string camel(std::string_view name) {
  std::string out;
  bool up = false;
  for (const char c : name) {
    if (c != '_') out += up && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    up = c == '_';
  }
  return out;
}

}  // namespace

const json* Fields::find(const char* name) const {
  if (!object_.is_object()) return nullptr;
  auto found = object_.find(name);
  if (found == object_.end()) found = object_.find(camel(name));
  return found == object_.end() || found->is_null() ? nullptr : &*found;
}

const json* Fields::find(const char* name, bool (json::*is)() const noexcept, const char* type) {
  const json* const found = find(name);
  if (found == nullptr || (found->*is)()) return found;
  wrong(name, type);
  return nullptr;
}

void Fields::wrong(const char* name, const char* type) {
  if (problem_.empty()) problem_ = std::string("\"") + name + "\" has to be " + type;
}

std::string Fields::text(const char* name) {
  const json* const found = find(name, &json::is_string, "a string");
  return found != nullptr ? found->get<std::string>() : "";
}

Secret Fields::secret(const char* name) { return Secret::take(text(name)); }

Secret Fields::bytes(const char* name) {
  std::string encoded = text(name);
  if (encoded.empty()) return {};
  const bool url = encoded.find_first_of("-_") != std::string::npos;
  if (url) encoded.erase(std::min(encoded.find('='), encoded.size()));
  auto bytes = crypto::base64_decode(encoded, url ? crypto::Alphabet::url_unpadded : crypto::Alphabet::standard);
  wipe(encoded);
  if (bytes) return *std::move(bytes);
  wrong(name, "base64");
  return {};
}

std::int64_t Fields::integer(const char* name, std::int64_t otherwise) {
  const json* const found = find(name);
  if (found == nullptr) return otherwise;
  if (found->is_number_integer() && (!found->is_number_unsigned() || found->get<std::uint64_t>() <= INT64_MAX)) return found->get<std::int64_t>();
  if (found->is_number_float()) {  // 300.0 and 3e2 are whole in proto3 JSON
    const double number = found->get<double>();
    constexpr double kExact = 9007199254740992.0;  // 2^53
    if (number == std::floor(number) && number > -kExact && number < kExact) return static_cast<std::int64_t>(number);
  }
  if (found->is_string()) {
    const auto& digits = found->get_ref<const std::string&>();
    std::int64_t number = 0;
    const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (problem == std::errc{} && end == digits.data() + digits.size() && !digits.empty()) return number;
  }
  wrong(name, "a whole number");
  return otherwise;
}

bool Fields::flag(const char* name) {
  const json* const found = find(name, &json::is_boolean, "true or false");
  return found != nullptr && found->get<bool>();
}

const json* Fields::list(const char* name) { return find(name, &json::is_array, "a list"); }
const json* Fields::object(const char* name) { return find(name, &json::is_object, "an object"); }

std::vector<std::string> Fields::texts(const char* name) {
  std::vector<std::string> out;
  const json* const found = list(name);
  if (found == nullptr) return out;
  for (const auto& item : *found) {
    if (item.is_string()) out.push_back(item.get<std::string>());
    else wrong(name, "a list of strings");
  }
  return out;
}

Frame::Frame(json body) : body_(std::move(body)) {}
Frame::~Frame() { wipe_json(body_); }

Frame& Frame::operator=(Frame&& other) noexcept {
  std::swap(body_, other.body_);  // whose end wipes it
  type_ = std::move(other.type_);
  id_ = other.id_;
  return *this;
}

Result<Secret> Frame::line(std::size_t limit) const {
  SecretBuffer buffer;
  std::ostream out(&buffer);
  out.exceptions(std::ios::badbit);
  try {
    out << body_;
  } catch (const json::exception&) {
    return Error{Status::protocol, "a text that is not UTF-8 cannot be passed on", ""};
  }
  if (buffer.text.size() > limit) return Error{Status::protocol, "a line of more than " + std::to_string(limit) + " bytes is not passed on", ""};
  return std::move(buffer.text);
}

Result<Frame> read_frame(std::string_view line) {
  auto body = parse_json(line);
  if (!body) return Error{Status::protocol, "a line is not JSON: " + body.error().message, ""};
  Frame frame(*std::move(body));
  if (!frame.body().is_object()) return Error{Status::protocol, "a line is not a JSON object", ""};
  Fields fields(frame.body());
  frame.type_ = fields.text("type");
  if (fields.find("id") != nullptr) frame.id_ = fields.integer("id");
  if (!fields.problem().empty()) return Error{Status::protocol, fields.problem(), ""};
  if (frame.type_.empty()) return Error{Status::protocol, "a line has no \"type\"", ""};
  return frame;
}

std::optional<Status> status_of_word(std::string_view word) {
  std::string name(word);
  std::replace(name.begin(), name.end(), '_', '-');
  for (const Status status : kAllStatuses) {
    if (name == status_name(status)) return status;
  }
  return std::nullopt;
}

json base64(std::string_view bytes) { return std::string(crypto::base64_encode(bytes, crypto::Alphabet::standard).reveal()); }

bool is_text(std::string_view bytes) {
  const auto swells = [](unsigned char c) { return (c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7f; };
  if (std::any_of(bytes.begin(), bytes.end(), swells)) return false;
  return Frame(json(std::string(bytes))).line(SIZE_MAX).ok();
}

void put_bytes(json& object, const std::string& name, std::string_view bytes) {
  if (is_text(bytes)) object[name] = std::string(bytes);
  else object[name + "_bytes"] = base64(bytes);
}

Secret get_bytes(Fields& fields, const std::string& name) {
  const std::string other = name + "_bytes";
  return fields.find(other.c_str()) != nullptr ? fields.bytes(other.c_str()) : fields.secret(name.c_str());
}

}  // namespace authhost::plugins::exec
