#include "core/services/json.hpp"

#include <authhost/secret.hpp>

#include <utility>
#include <vector>

namespace authhost {
namespace {

using nlohmann::json;

// Builds the tree from the parser's events, because only there are duplicate keys and the depth seen.
class TreeBuilder final : public nlohmann::json_sax<json> {
 public:
  explicit TreeBuilder(std::size_t max_depth) : max_depth_(max_depth) {}
  bool null() override { return place(nullptr); }
  bool boolean(bool value) override { return place(value); }
  bool number_integer(number_integer_t value) override { return place(value); }
  bool number_unsigned(number_unsigned_t value) override { return place(value); }
  bool number_float(number_float_t value, const string_t& /*text*/) override { return place(value); }
  bool string(string_t& value) override {
    const bool placed = place(value);
    wipe(value);  // the parser's own buffer
    return placed;
  }
  bool binary(binary_t& /*value*/) override { return fail("binary values are not JSON"); }
  bool start_object(std::size_t /*size*/) override { return open(json::object()); }
  bool end_object() override { return close(); }
  bool start_array(std::size_t /*size*/) override { return open(json::array()); }
  bool end_array() override { return close(); }
  bool key(string_t& name) override {
    const auto [entry, is_new] = open_.back()->get_ref<json::object_t&>().emplace(name, nullptr);
    if (!is_new) return fail("a key appears twice in one object");
    slot_ = &entry->second;
    return true;
  }
  // The parser's message quotes the text, which may hold a secret: it is not passed on.
  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const nlohmann::detail::exception& error) override {
    constexpr int kNumberOverflow = 406;
    if (error.id == kNumberOverflow) return fail("a number is out of range");
    return fail("it breaks off or is malformed at byte " + std::to_string(position));
  }

  [[nodiscard]] json& tree() { return tree_; }
  [[nodiscard]] const std::string& why() const { return why_; }

 private:
  bool place(json value) {
    put(std::move(value));
    return true;
  }
  json* put(json value) {
    if (open_.empty()) {
      tree_ = std::move(value);
      return &tree_;
    }
    if (open_.back()->is_array()) return &open_.back()->emplace_back(std::move(value));
    *slot_ = std::move(value);
    return slot_;
  }
  bool open(json container) {
    if (open_.size() == max_depth_) return fail("it is nested deeper than " + std::to_string(max_depth_) + " levels");
    open_.push_back(put(std::move(container)));
    return true;
  }
  bool close() {
    open_.pop_back();
    return true;
  }
  bool fail(std::string why) {
    why_ = std::move(why);
    return false;
  }

  const std::size_t max_depth_;
  json tree_;
  std::vector<json*> open_;  // containers from the top down; only the innermost one grows, so the pointers hold
  json* slot_ = nullptr;     // the member that waits for its value
  std::string why_;
};

Error not_json(std::string_view why) { return {Status::protocol, std::string("not valid JSON: ").append(why), ""}; }

}  // namespace

Result<json> parse_json(std::string_view text, std::size_t max_depth) {
  if (text.substr(0, 3) == "\xEF\xBB\xBF")
    return not_json("it begins with a byte order mark");  // RFC 8259, section 8.1
  // The parser takes NUL for the end of its input, so what follows one would go unseen.
  if (text.find('\0') != std::string_view::npos) return not_json("it holds a NUL");
  TreeBuilder builder(max_depth);
  if (!json::sax_parse(text.begin(), text.end(), &builder)) {
    wipe_json(builder.tree());
    return not_json(builder.why());
  }
  return std::move(builder.tree());
}

void wipe_json(json& value) noexcept {
  if (auto* text = value.get_ptr<json::string_t*>()) {
    wipe(*text);
  } else if (value.is_structured()) {
    for (auto& item : value) wipe_json(item);
  }
}

}  // namespace authhost
