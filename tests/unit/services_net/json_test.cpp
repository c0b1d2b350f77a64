#include "core/services/json.hpp"

#include <catch2/catch.hpp>

using namespace authhost;

namespace {

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

}  // namespace

TEST_CASE("O42 strict JSON is read") {
  auto value =
      parse_json(R"( {"a":[1,-2,3.5,true,false,null,"\u00e9\n\ud83d\ude00"],"b":{"c":""},"":18446744073709551615} )");
  REQUIRE(value.ok());
  CHECK((*value)["a"].size() == 7);
  CHECK((*value)["a"][6] == "é\n😀");
  CHECK((*value)["b"]["c"] == "");
  CHECK((*value)[""] == 18446744073709551615ULL);
  CHECK(parse_json("null").ok());
  CHECK(parse_json("\"text\"").ok());
  CHECK(parse_json("[]").ok());
}

TEST_CASE("O42 duplicate keys are refused, at any depth and in any spelling") {
  for (const auto* text : {R"({"a":1,"a":1})", R"({"x":{"a":1,"b":2,"a":3}})", R"([{"a":1,"\u0061":2}])"}) {
    INFO(text);
    CHECK(parse_json(text).status() == Status::protocol);
  }
  CHECK(parse_json(R"([{"a":1},{"a":2}])").ok());
}

TEST_CASE("O42 a depth of 32 is read and 33 is refused") {
  CHECK(parse_json(nested(32)).ok());
  CHECK(parse_json(nested(33)).status() == Status::protocol);
  CHECK(parse_json(std::string(1'000'000, '[')).status() == Status::protocol);
  std::string objects;
  for (int i = 0; i < 33; ++i) objects += "{\"a\":";
  CHECK(parse_json(objects + "1" + std::string(33, '}')).status() == Status::protocol);
}

TEST_CASE("O42 what is not JSON is refused") {
  for (const std::string& text : {std::string(),
                                  std::string(" "),
                                  std::string("{"),
                                  std::string("{} {}"),
                                  std::string("{}x"),
                                  std::string("{\"a\":1,}"),
                                  std::string("[1,]"),
                                  std::string("{'a':1}"),
                                  std::string("{a:1}"),
                                  std::string("NaN"),
                                  std::string("Infinity"),
                                  std::string("01"),
                                  std::string("+1"),
                                  std::string(".5"),
                                  std::string("1."),
                                  std::string("0x10"),
                                  std::string("// comment\n{}"),
                                  std::string("\"a\nb\""),
                                  std::string("\"\\x41\""),
                                  std::string("\"\\ud800\""),
                                  std::string("\xEF\xBB\xBF{}"),
                                  std::string("{}\0", 3),
                                  std::string("{}\0{\"a\":1}", 10),
                                  std::string("\"\xFF\""),
                                  std::string("\"\xC0\xAF\""),
                                  std::string("\"\xED\xA0\x80\""),
                                  std::string("\"\xF4\x90\x80\x80\""),
                                  std::string("<html></html>")}) {
    INFO(text);
    CHECK(parse_json(text).status() == Status::protocol);
  }
}

TEST_CASE("O33 a number that no double holds is refused") {
  CHECK(parse_json(R"({"expires_in":1e400})").status() == Status::protocol);
  CHECK(parse_json(R"({"expires_in":-1e400})").status() == Status::protocol);
}

TEST_CASE("O73 the error quotes nothing of the text") {
  for (const auto* text : {R"({"access_token":"CANARY)", R"({"access_token":"CANARY"} CANARY)",
                           R"({"CANARY":1,"CANARY":2})", R"({"a":CANARY})"}) {
    auto value = parse_json(text);
    REQUIRE_FALSE(value.ok());
    CHECK(value.error().message.find("CANARY") == std::string::npos);
  }
}

TEST_CASE("O71 wiping a tree leaves no string in it") {
  auto value = parse_json(R"({"a":"secret-secret-secret-secret","b":["x",{"c":"another secret, long enough"}],"n":1})");
  REQUIRE(value.ok());
  wipe_json(*value);
  CHECK((*value)["a"] == "");
  CHECK((*value)["b"][0] == "");
  CHECK((*value)["b"][1]["c"] == "");
  CHECK((*value)["n"] == 1);
}
