#include "core/config/suggest.hpp"

#include <catch2/catch.hpp>

using authhost::nearest;
using authhost::suggest;

TEST_CASE("a slip of the finger finds the word that was meant") {
  const std::vector<std::string> known{"endpoint", "authenticator", "storage", "insecure", "insecure_skip_verify"};
  CHECK(nearest("endpont", known) == "endpoint");
  CHECK(nearest("enpdoint", known) == "endpoint");
  CHECK(nearest("Storage", known) == "storage");
  CHECK(nearest("autenticator", known) == "authenticator");
  CHECK(nearest("insecur", known) == "insecure");
}

TEST_CASE("a word that is like none of the known ones gets the list instead of a guess") {
  const std::vector<std::string> known{"dev", "prod"};
  CHECK(nearest("production-eu", known).empty());
  CHECK(suggest("production-eu", known) == "known ones: dev, prod");
  CHECK(suggest("prd", known) == "did you mean `prod`?");
  CHECK(suggest("x", {}).empty());
  CHECK(nearest(std::string(100'000, 'a'), known).empty());
}
