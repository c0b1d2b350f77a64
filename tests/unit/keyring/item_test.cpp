#include "scratch.hpp"

#include <nlohmann/json.hpp>

using namespace authhost;
using namespace authhost::keyring;

namespace {

std::string text_of(const Secret& secret) { return std::string(secret.reveal()); }

void check_damaged(const std::string& bytes) {
  const auto item = deserialize(bytes);
  REQUIRE(item.status() == Status::store_failed);
  CHECK_THAT(item.error().message, Catch::Contains("stored credentials"));
  CHECK_THAT(item.error().hint, Catch::Contains("authhost logout"));
  CHECK(item.error().message.find("token") == std::string::npos);
}

}  // namespace

TEST_CASE("an item survives being written and read, down to the last byte of an extra") {
  auto item = test_item();
  item.credentials.id_token = Secret(std::string(10'000, 'i') + "\"\\\n\xc3\xa9");
  const auto copy = deserialize(serialize(item.clone()).reveal());
  REQUIRE(copy.ok());
  CHECK(copy->credentials.access_token == item.credentials.access_token);
  CHECK(copy->credentials.refresh_token == item.credentials.refresh_token);
  CHECK(copy->credentials.id_token == item.credentials.id_token);
  CHECK(copy->credentials.token_type == "Bearer");
  CHECK(copy->credentials.scopes == item.credentials.scopes);
  CHECK(copy->credentials.expires_at == item.credentials.expires_at);
  CHECK(copy->credentials.for_endpoint == item.credentials.for_endpoint);
  CHECK(copy->credentials.id == item.credentials.id);
  CHECK(copy->obtained_at == item.obtained_at);
  CHECK(copy->fence == item.fence);
  CHECK(copy->extras == item.extras);
}

TEST_CASE("an empty item survives too, and without an expiry there is none") {
  const auto copy = deserialize(serialize(StoredItem{}).reveal());
  REQUIRE(copy.ok());
  CHECK(!copy->credentials.expires_at);
  CHECK(copy->credentials.scopes.empty());
  CHECK(copy->extras.empty());
}

TEST_CASE("a plugin's odd bytes in a scope do not make the item unreadable") {
  auto item = test_item();
  item.credentials.scopes = {"a\"b\\c\x01", "\xff\xfe"};
  const auto copy = deserialize(serialize(item).reveal());
  REQUIRE(copy.ok());
  CHECK(copy->credentials.scopes.front() == "a\"b\\c\x01");
}

TEST_CASE("bytes that are not an item of ours are damaged, whatever they are") {
  for (const char* bytes : {"", "null", "[]", "{}", "{\"v\":1}", "{\"v\":\"1\"}", "{\"v\":0}", "garbage", "{\"v\":1} {}"}) check_damaged(bytes);
  const std::string good = text_of(serialize(test_item()));
  for (std::size_t size = 0; size < good.size(); ++size) check_damaged(good.substr(0, size));
  const auto tree = nlohmann::json::parse(good);
  for (const auto& [name, value] : tree.items()) {
    for (const auto& other : {nlohmann::json(nullptr), nlohmann::json(-1.5), nlohmann::json(true)}) {
      auto broken = tree;
      broken[name] = other;
      check_damaged(broken.dump());
    }
    if (name == "expires_at" || name == "servers") continue;
    auto broken = tree;
    broken.erase(name);
    check_damaged(broken.dump());
  }
  auto broken = tree;
  broken["access_token"] = "not base64!";
  check_damaged(broken.dump());
  broken = tree;
  broken["expires_at"] = INT64_MAX;
  check_damaged(broken.dump());
  broken = tree;
  broken["fence"] = UINT64_MAX;
  check_damaged(broken.dump());
}

TEST_CASE("unknown members are ignored, a newer version is named as such") {
  auto tree = nlohmann::json::parse(text_of(serialize(test_item())));
  tree["later"] = "x";
  CHECK(deserialize(tree.dump()).ok());
  tree["v"] = 2;
  CHECK_THAT(deserialize(tree.dump()).error().message, Catch::Contains("newer authhost"));
}
