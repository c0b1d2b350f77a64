// StoredItem as bytes. Written by hand into a Secret, so that every buffer on the way is wiped.
#include "core/keyring/store.hpp"
#include "core/services/json.hpp"

#include <sodium.h>

#include <tuple>

namespace authhost::keyring {
namespace {

constexpr int kVersion = 1;

class Writer {
 public:
  explicit Writer(Secret& out) : out_(out) {}

  void key(std::string_view name) {
    if (!first_) out_.append(",");
    first_ = false;
    text(name);
    out_.append(":");
  }
  void number(std::string_view name, std::int64_t value) {
    key(name);
    out_.append(std::to_string(value));
  }
  void text(std::string_view name, std::string_view value) {
    key(name);
    text(value);
  }
  // Base64: a secret is any bytes, JSON text is UTF-8.
  void secret(std::string_view name, const Secret& value) {
    key(name);
    out_.append("\"");
    const auto bytes = value.reveal();
    // In pieces of a multiple of three, so that nothing but the last is padded.
    constexpr std::size_t kPiece = 3 * 1024;
    char buffer[kPiece / 3 * 4 + 1];
    for (std::size_t at = 0; at < bytes.size(); at += kPiece) {
      const auto piece = bytes.substr(at, kPiece);
      sodium_bin2base64(buffer, sizeof buffer, reinterpret_cast<const unsigned char*>(piece.data()), piece.size(),
                        sodium_base64_VARIANT_ORIGINAL);
      out_.append(buffer);
    }
    sodium_memzero(buffer, sizeof buffer);
    out_.append("\"");
  }
  void open(std::string_view bracket) {
    out_.append(bracket);
    first_ = true;
  }
  void close(std::string_view bracket) {
    out_.append(bracket);
    first_ = false;
  }
  // Never a secret: the library's buffers are not wiped.
  void text(std::string_view value) {
    out_.append(nlohmann::json(value).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  }
  void element(std::string_view value) {
    if (!first_) out_.append(",");
    first_ = false;
    text(value);
  }

 private:
  Secret& out_;
  bool first_ = true;
};

std::int64_t to_ms(WallTime time) {
  return std::chrono::duration_cast<Milliseconds>(time.time_since_epoch()).count();
}
WallTime from_ms(std::int64_t ms) {
  return WallTime(std::chrono::duration_cast<WallTime::duration>(Milliseconds(ms)));
}

Error damaged() {
  return {Status::store_failed, "the stored credentials are damaged", "run: authhost logout, then authhost login"};
}

// Reads members strictly: the first one that is missing or of another type makes the whole item damaged.
class Reader {
 public:
  explicit Reader(const nlohmann::json& object) : object_(object) { good_ = object.is_object(); }
  [[nodiscard]] bool good() const { return good_; }

  const nlohmann::json* member(const char* name) {
    if (!good_) return nullptr;
    const auto found = object_.find(name);
    if (found == object_.end()) {
      good_ = false;
      return nullptr;
    }
    return &*found;
  }
  std::string text(const char* name) {
    const auto* value = member(name);
    if (value == nullptr || !value->is_string()) {
      good_ = false;
      return {};
    }
    return value->get<std::string>();
  }
  std::int64_t number(const char* name) {
    const auto* value = member(name);
    // An unsigned value over INT64_MAX is not one that was written here.
    if (value == nullptr || !value->is_number_integer() ||
        (value->is_number_unsigned() && value->get<std::uint64_t>() > INT64_MAX)) {
      good_ = false;
      return 0;
    }
    return value->get<std::int64_t>();
  }
  WallTime time(const char* name) {
    const std::int64_t ms = number(name);
    constexpr std::int64_t kFar = 9'000'000'000'000;  // year 2255: the clock counts nanoseconds
    if (ms < 0 || ms > kFar) {  // differences have to fit, too
      good_ = false;
      return {};
    }
    return from_ms(ms);
  }
  Secret secret(const char* name) { return decode(member(name)); }
  Secret decode(const nlohmann::json* value) {
    Secret out;
    if (value == nullptr || !value->is_string()) {
      good_ = false;
      return out;
    }
    const auto& encoded = value->get_ref<const std::string&>();
    std::string bytes(encoded.size() / 4 * 3 + 3, '\0');
    std::size_t size = 0;
    if (sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), encoded.data(), encoded.size(),
                          nullptr, &size, nullptr, sodium_base64_VARIANT_ORIGINAL) != 0) {
      good_ = false;
    } else {
      out = Secret(std::string_view(bytes).substr(0, size));
    }
    wipe(bytes);
    return out;
  }

 private:
  const nlohmann::json& object_;
  bool good_;
};

Result<StoredItem> read_item(const nlohmann::json& tree) {
  Reader reader(tree);
  const std::int64_t version = reader.number("v");
  if (reader.good() && version > kVersion) {
    return Error{Status::store_failed, "the stored credentials were written by a newer authhost",
                 "use that version, or run: authhost logout, then authhost login"};
  }
  if (!reader.good() || version != kVersion) return damaged();
  StoredItem item;
  auto& credentials = item.credentials;
  credentials.access_token = reader.secret("access_token");
  credentials.token_type = reader.text("token_type");
  credentials.refresh_token = reader.secret("refresh_token");
  credentials.id_token = reader.secret("id_token");
  if (tree.contains("expires_at")) credentials.expires_at = reader.time("expires_at");
  credentials.for_endpoint = reader.text("for_endpoint");
  credentials.id = reader.text("id");
  const auto* scopes = reader.member("scopes");
  if (scopes == nullptr || !scopes->is_array()) return damaged();
  for (const auto& scope : *scopes) {
    if (!scope.is_string()) return damaged();
    credentials.scopes.push_back(scope.get<std::string>());
  }
  item.header_key = reader.text("header_key");
  if (const auto list = tree.find("servers"); list != tree.end()) {  // an item of an earlier build has none
    if (!list->is_array()) return damaged();
    for (const auto& server : *list) {
      if (!server.is_string()) return damaged();
      item.servers.push_back(server.get<std::string>());
    }
  }
  item.grant_refused = reader.number("grant_refused") != 0;
  item.obtained_at = reader.time("obtained_at");
  const std::int64_t fence = reader.number("fence");
  if (fence < 0) return damaged();
  item.fence = static_cast<std::uint64_t>(fence);
  const auto* extras = reader.member("extras");
  if (extras == nullptr || !extras->is_object()) return damaged();
  for (const auto& [name, value] : extras->items()) item.extras.emplace(name, reader.decode(&value));
  if (!reader.good()) return damaged();
  return item;
}

}  // namespace

StoredItem StoredItem::clone() const {
  StoredItem copy;
  copy.credentials = credentials.clone();
  copy.header_key = header_key;
  copy.servers = servers;
  copy.grant_refused = grant_refused;
  copy.obtained_at = obtained_at;
  copy.fence = fence;
  for (const auto& [name, value] : extras) copy.extras.emplace(name, value.clone());
  return copy;
}

bool StoredItem::newer_than(const StoredItem& other) const {
  return std::tie(obtained_at, fence) > std::tie(other.obtained_at, other.fence);
}

Secret serialize(const StoredItem& item) {
  const auto& credentials = item.credentials;
  Secret out;
  Writer writer(out);
  writer.open("{");
  writer.number("v", kVersion);
  writer.secret("access_token", credentials.access_token);
  writer.text("token_type", credentials.token_type);
  writer.secret("refresh_token", credentials.refresh_token);
  writer.secret("id_token", credentials.id_token);
  if (credentials.expires_at) writer.number("expires_at", to_ms(*credentials.expires_at));
  writer.key("scopes");
  writer.open("[");
  for (const auto& scope : credentials.scopes) writer.element(scope);
  writer.close("]");
  writer.text("for_endpoint", credentials.for_endpoint);
  writer.text("id", credentials.id);
  writer.text("header_key", item.header_key);
  writer.key("servers");
  writer.open("[");
  for (const auto& server : item.servers) writer.element(server);
  writer.close("]");
  writer.number("grant_refused", item.grant_refused ? 1 : 0);
  writer.number("obtained_at", to_ms(item.obtained_at));
  writer.number("fence", static_cast<std::int64_t>(item.fence));
  writer.key("extras");
  writer.open("{");
  for (const auto& [name, value] : item.extras) writer.secret(name, value);
  writer.close("}");
  writer.close("}");
  return out;
}

Result<StoredItem> deserialize(std::string_view bytes) {
  auto tree = parse_json(bytes);
  if (!tree) return damaged();
  auto item = read_item(*tree);
  wipe_json(*tree);
  return item;
}

}  // namespace authhost::keyring
