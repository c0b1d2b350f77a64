// The methods that proto/authhost/plugin/v1/exec.proto describes are those that the host has, with those parameters.
#include "script.hpp"

#include "core/plugins/exec/frame.hpp"

#include <cctype>
#include <regex>
#include <sstream>

using namespace authhost;
using namespace authhost::test;

namespace {

struct Parameter {
  std::string service;  // "http"
  std::string method;   // "show_code"
  std::string name;
  bool list = false;
};

// "ShowCode" -> "show_code"
std::string snake(const std::string& words) {
  std::string out;
  for (const char c : words) {
    if (std::isupper(static_cast<unsigned char>(c)) != 0 && !out.empty()) out += '_';
    out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return out;
}

std::vector<Parameter> parameters() {
  const std::string schema = read(std::string(AUTHHOST_SOURCE_DIR) + "/proto/authhost/plugin/v1/exec.proto");
  const std::regex message("message (Clock|Crypto|Http|Json|Browser|Prompt|Loopback|Store|Process)(\\w+)Params \\{([^}]*)\\}");
  const std::regex field("(repeated )?\\w+ (\\w+) = \\d+;");
  std::vector<Parameter> out;
  for (std::sregex_iterator one(schema.begin(), schema.end(), message), end; one != end; ++one) {
    const std::string body = (*one)[3];
    for (std::sregex_iterator at(body.begin(), body.end(), field); at != end; ++at) {
      out.push_back({snake((*one)[1]), snake((*one)[2]), (*at)[2], (*at)[1].matched});
    }
  }
  return out;
}

}  // namespace

TEST_CASE("every parameter of the schema is one that the host knows: of a wrong type it is an error that names it") {
  const auto all = parameters();
  CHECK(all.size() > 40);
  Script script("", "grants = [\"http\", \"clock\", \"crypto\", \"json\", \"store\", \"process\", \"prompt\", \"browser\", \"loopback\"]\ndescribe = false\n");
  script.services.http = std::make_shared<CannedHttp>();
  script.services.process = make_process();
  script.services.loopback = make_loopback();
  script.services.prompt = make_silent_prompt();
  script.services.browser = make_system_browser();
  script.call.may_interact = true;
  std::string calls;
  int id = 1;
  for (const auto& one : all) {
    calls += "{\"type\":\"call\",\"id\":" + std::to_string(++id) + ",\"service\":\"authhost." + one.service + "/1\",\"method\":\"" + one.method +
             "\",\"params\":{\"" + one.name + "\":" + (one.list ? "7" : "[]") + "}}\n";
  }
  script.shop.write("calls", calls);
  script.write("read -r r\ncat '" + script.shop.file("calls").string() + "'\nhead -n " + std::to_string(all.size()) + " > '" + script.out().string() +
               "'\n" + kToken);
  script.credentials();
  std::istringstream replies(read(script.out()));
  for (const auto& one : all) {
    std::string line;
    REQUIRE(std::getline(replies, line));
    INFO(one.service << "." << one.method << " " << one.name << ": " << line);
    const auto reply = exec::read_frame(line);
    REQUIRE(reply.ok());
    CHECK(reply->body().at("status") == "usage");
    CHECK(has(reply->body().value("message", ""), "\"" + one.name + "\" has to be"));
  }
}
