// The binary contract only grows: today's headers beside layout.txt and beside every version in frozen/.
#include "contract.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <sstream>
#include <utility>

using namespace authhost::test;

namespace {

const std::string kHere = AUTHHOST_SOURCE_DIR "/tests/abi";
const std::string kToday = AUTHHOST_SOURCE_DIR "/sdk/include";
const std::string kCompiler = AUTHHOST_C_COMPILER " -std=c99";

std::string slurp(const std::string& path) {
  std::ifstream in(path);
  REQUIRE(in);
  return {std::istreambuf_iterator<char>(in), {}};
}
Surface golden() { return Surface::parse(slurp(kHere + "/layout.txt")); }

// The compilers that were found when this was configured, each with its dialect.
std::vector<std::string> compilers() {
  std::vector<std::string> all;
  std::istringstream in(AUTHHOST_COMPILERS);
  for (std::string one; std::getline(in, one, '|');) all.push_back(one);
  return all;
}

void check_unbroken(const Verdict& verdict) {
  for (const auto& sentence : verdict.broken) FAIL_CHECK(sentence);
}

bool has(const std::vector<std::string>& sentences, const std::string& part) {
  for (const auto& sentence : sentences) {
    if (sentence.find(part) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("the layout is the one that was promised, or it was only appended to, with every compiler and in every dialect") {
  const auto compiler = GENERATE(from_range(compilers()));
  INFO(compiler);
  const auto today = laid_out(kToday, compiler);
  const auto verdict = judge(golden(), today);
  check_unbroken(verdict);
  if (verdict.appended.empty()) return;
  const std::string now = AUTHHOST_BUILD_DIR "/tests/layout.txt";
  std::ofstream(now) << "# The layout of sdk/include/authhost/abi.h and services.h on LP64. Lines are only ever added.\n" << today.text();
  for (const auto& name : verdict.appended) WARN("new, and not pinned yet: " << name);
  WARN("to pin what is new: cp " << now << " tests/abi/layout.txt, and say a new AUTHHOST_ABI_MINOR if the last one was released");
}

TEST_CASE("nothing that is pinned can be forgotten: the layout file has every declaration of the first headers") {
  const auto pinned = golden();
  for (const auto& item : declarations(kHere + "/frozen/1.0").structs) {
    INFO(item.name);
    REQUIRE(pinned.find(item.name) != nullptr);
    CHECK(pinned.find(item.name)->members.size() >= item.members.size());
  }
  CHECK(pinned.structs.size() >= 28);
  CHECK(pinned.enumerators.size() >= 40);
}

TEST_CASE("the headers of every frozen version are still met by today's") {
  int versions = 0;
  for (const auto& version : std::filesystem::directory_iterator(kHere + "/frozen")) {
    INFO(version.path());
    check_unbroken(judge(laid_out(version.path(), kCompiler), laid_out(kToday, kCompiler)));
    ++versions;
  }
  CHECK(versions >= 1);
}

TEST_CASE("one more member at the end of every struct that begins with its size is an append, and breaks no rule") {
  const auto today = laid_out(kToday, kCompiler);
  const auto verdict = judge(today, laid_out(AUTHHOST_NEWER_HEADERS, kCompiler));
  check_unbroken(verdict);
  std::size_t growable = 0;
  for (const auto& item : today.structs) growable += item.sized() ? 1 : 0;
  CHECK(growable >= 26);
  CHECK(verdict.appended.size() == growable);
}

TEST_CASE("a change other than an append is refused with the rule that it breaks") {
  struct Change {
    const char* what;
    std::function<void(Surface&)> make;
    const char* sentence;
  };
  const auto members = [](Surface& s, const char* name) -> std::vector<Member>& { return s.at(name).members; };
  const Change changes[] = {
      {"a member is gone", [&](Surface& s) { members(s, "authhost_setting").pop_back(); }, "R7: authhost_setting::n_allowed is gone"},
      {"two members change places",
       [&](Surface& s) { std::swap(members(s, "authhost_host")[4].offset, members(s, "authhost_host")[5].offset); },
       "R7: authhost_host::log_enabled moved from byte 24 to byte 32"},
      {"a member becomes narrower", [&](Surface& s) { members(s, "authhost_refresh")[1].size = 2; }, "R7: authhost_refresh::reason was"},
      {"a function gets a parameter",
       [&](Surface& s) { members(s, "authhost_http_service")[1].type = "authhost_status (*)(authhost_call*)"; },
       "R7: authhost_http_service::send was"},
      {"a member is renamed", [&](Surface& s) { members(s, "authhost_plugin")[3].name = "needs"; },
       "R7: authhost_plugin::min_host_minor is gone"},
      {"a struct is gone", [](Surface& s) { s.structs.pop_back(); }, "R7: struct authhost_process_service is gone"},
      {"a struct without a size grows",
       [&](Surface& s) {
         members(s, "authhost_str").push_back({"hash", "size_t", 16, 8});
         s.at("authhost_str").size = 24;
       },
       "R6: authhost_str::hash is new, and the struct does not begin with a size"},
      {"a member moves into padding",
       [&](Surface& s) { members(s, "authhost_client_config").push_back({"par", "int32_t", 188, 4}); },
       "R6: authhost_client_config::par is new and lies at byte 188, below the 192 bytes"},
      {"a number is used again", [](Surface& s) { s.enumerators["AUTHHOST_DENIED"] = "6"; }, "R7: enumerator AUTHHOST_DENIED was 5 and is 6"},
      {"a number is gone", [](Surface& s) { s.enumerators.erase("AUTHHOST_CANCELLED"); }, "R7: enumerator AUTHHOST_CANCELLED is gone"},
      {"a service gets another revision", [](Surface& s) { s.macros["AUTHHOST_SERVICE_HTTP"] = "\"authhost.http/2\""; },
       "R9: AUTHHOST_SERVICE_HTTP was \"authhost.http/1\""},
      {"the major changes in place", [](Surface& s) { s.macros["AUTHHOST_ABI_MAJOR"] = "2u"; }, "R7: AUTHHOST_ABI_MAJOR was 1u and is 2u"},
      {"the way to look at sizes changes", [](Surface& s) { s.macros["AUTHHOST_HAS_FIELD(ptr, type, field)"] = "1"; }, "R6: AUTHHOST_HAS_FIELD"},
      {"the status becomes another type", [](Surface& s) { s.types["authhost_status"] = "int64_t"; }, "R7: type authhost_status was int32_t"},
      {"the symbol becomes another type", [](Surface& s) { s.symbols["authhost_plugin_v1"] = "authhost_descriptor"; }, "R1: authhost_plugin_v1"},
  };
  for (const auto& change : changes) {
    Surface changed = golden();
    change.make(changed);
    const auto verdict = judge(golden(), changed);
    INFO(change.what);
    CHECK(has(verdict.broken, change.sentence));
  }
}

TEST_CASE("an append is accepted and named: a member at the end, a number, a service, a higher minor") {
  Surface grown = golden();
  auto& host = grown.at("authhost_host");
  host.members.push_back({"forget", "void (*)(authhost_call*)", host.size, 8});
  host.size += 8;
  grown.enumerators["AUTHHOST_THROTTLED"] = "13";
  grown.macros["AUTHHOST_SERVICE_RANDOM"] = "\"authhost.random/1\"";
  grown.macros["AUTHHOST_ABI_MINOR"] = "1u";
  grown.structs.push_back({"authhost_random_service", 8, {{"size", "size_t", 0, 8}}});
  const auto verdict = judge(golden(), grown);
  check_unbroken(verdict);
  CHECK(verdict.appended == std::vector<std::string>{"authhost_host::forget", "struct authhost_random_service",
                                                     "enumerator AUTHHOST_THROTTLED", "macro AUTHHOST_SERVICE_RANDOM"});
}

TEST_CASE("a declaration of an unknown kind is not passed over") {
  CHECK_THROWS_WITH(declarations_in("typedef union authhost_any { int a; } authhost_any;"), Catch::Contains("not understood"));
  CHECK_THROWS_WITH(declarations_in("int authhost_loose(void);"), Catch::Contains("not understood"));
  const auto read = declarations_in("typedef struct a { size_t size; void (*f)(a* self, uint8_t out[32], const char* name); } a;");
  CHECK(read.structs.at(0).members.at(1).type == "void (*)(a*, uint8_t[32], const char*)");
}

TEST_CASE("a member that is put between others in the header itself is seen through the compiler") {
  namespace fs = std::filesystem;
  const fs::path folder = fs::path(AUTHHOST_BUILD_DIR) / "tests/abi-changed-headers";
  fs::create_directories(folder / "authhost");
  auto text = slurp(kToday + "/authhost/abi.h");
  const std::string before = "  authhost_str refresh_token;";
  REQUIRE(text.find(before) != std::string::npos);
  text.insert(text.find(before), "  int64_t issued_at_ms;\n");
  std::ofstream(folder / "authhost/abi.h") << text;
  fs::copy_file(kToday + "/authhost/services.h", folder / "authhost/services.h", fs::copy_options::overwrite_existing);
  const auto verdict = judge(golden(), laid_out(folder, kCompiler));
  CHECK(has(verdict.broken, "R7: authhost_credentials::refresh_token moved from byte 40 to byte 48"));
  CHECK(has(verdict.broken, "R6: authhost_credentials::issued_at_ms is new and lies at byte 40"));
}
