#include "scratch.hpp"

using namespace authhost;
using namespace authhost::keyring;

TEST_CASE("the file store gives back what was put, and nothing of it lies in clear on disk") {
  const Scratch scratch;
  const auto store = make_file_store(scratch / "state/authhost");
  REQUIRE(store->put(test_key(), test_item(), {}).ok());
  const auto item = store->get(test_key(), {});
  REQUIRE(item.ok());
  REQUIRE(item->has_value());
  CHECK((*item)->credentials.refresh_token.reveal() == "refresh-token-1");
  for (const auto& entry : std::filesystem::directory_iterator(scratch / "state/authhost")) {
    CHECK(slurp(entry.path()).find("token-1") == std::string::npos);
    CHECK(mode_of(entry.path()) == 0600);
  }
}
