// The golden transcripts, replayed both ways: the host with a plugin that keeps to them, the runner with a host that does.
#include "transcript.hpp"
#include "workshop.hpp"

#include "core/config/paths.hpp"
#include "core/plugins/exec/exec.hpp"
#include "core/plugins/exec/program.hpp"
#include "core/services/crypto.hpp"

#include <algorithm>
#include <iostream>
#include <sstream>

using namespace authhost;
using namespace authhost::test;

namespace {

std::string transcripts() { return std::string(AUTHHOST_SOURCE_DIR) + "/tests/unit/loader/transcripts"; }

std::vector<std::string> names() {
  std::vector<std::string> out;
  for (const auto& entry : fs::directory_iterator(transcripts())) out.push_back(entry.path().stem().string());
  std::sort(out.begin(), out.end());
  return out;
}

std::string digest_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::stringstream bytes;
  bytes << in.rdbuf();
  const auto digest = crypto::sha256(bytes.str());
  return crypto::hex(digest.data(), digest.size());
}

// Answers as the transcript's host does.
class ScriptedHttp final : public Http {
 public:
  explicit ScriptedHttp(nlohmann::json reply) : reply_(std::move(reply)) {}
  Result<HttpResponse> send(const HttpRequest&, const Call&) override {
    if (reply_.at("status") != "ok") return Error{Status::unavailable, reply_.at("message"), reply_.at("hint")};
    HttpResponse response;
    response.status = reply_.at("result").at("status");
    return response;
  }

 private:
  nlohmann::json reply_;
};

}  // namespace

TEST_CASE("the runner keeps to the golden transcripts") {
  Workshop shop;
  const auto plugin = shop.copy("scripted");
  for (const auto& name : names()) {
    INFO(name);
    exec::Command command;
    command.name = "scripted.so";
    command.argv = {paths::own_program("authhost-plugin-runner"), fs::canonical(plugin).string(), digest_of(plugin), "m.toml", "0"};
    auto program = exec::Program::start(command);
    REQUIRE(program.ok());
    const Call call = Call().within(std::chrono::seconds{20});
    const auto lines = read_transcript(transcripts() + "/" + name + ".txt");
    for (const auto& [host, frame] : lines) {
      if (host) {
        (*program)->send(frame.dump());
        continue;
      }
      auto line = (*program)->receive(call);
      REQUIRE(line.ok());
      CHECK(nlohmann::json::parse(line->reveal()) == frame);
    }
    if (::getenv("AUTHHOST_RECORD") != nullptr) {
      while (auto line = (*program)->receive(Call().within(std::chrono::milliseconds{500}))) std::cout << name << ": plugin " << line->reveal() << "\n";
    }
  }
}

TEST_CASE("the host keeps to the golden transcripts") {
  for (const auto& name : names()) {
    INFO(name);
    const auto lines = read_transcript(transcripts() + "/" + name + ".txt");
    const auto& request = lines.front().frame;
    Workshop shop;
    shop.write("flow.sh", "#!/bin/sh\nexec '" AUTHHOST_BUILD_DIR "/tests/transcript_player' '" + transcripts() + "/" + name + ".txt'\n");
    Workshop::mode(shop.file("flow.sh"), 0755);
    std::string grants;
    for (const auto& service : request.value("granted", nlohmann::json::array())) {
      grants += (grants.empty() ? "\"" : ", \"") + service.get<std::string>() + "\"";
    }
    shop.write("flow.toml", "kind = \"exec\"\npath = \"flow.sh\"\nid = \"org.example.scripted\"\ngrants = [" + grants + "]\n" + (request["type"] == "describe" ? "" : "describe = false\n"));
    const auto registry = shop.registry();
    Call call = Call().within(std::chrono::seconds{20});
    if (request["type"] == "describe") {
      const auto info = registry->describe("scripted", Call{});
      REQUIRE(info.ok());
      CHECK(info->described);
      CHECK(info->settings.size() == 10);
      continue;
    }
    auto made = registry->create("scripted", call);
    REQUIRE(made.ok());
    RefreshRequest work;
    work.endpoint = request["endpoint"];
    work.reason = request["reason"] == "expired" ? Reason::expired : Reason::login;
    ClientConfig client;
    client.client_id = request["client_config"].value("client_id", "");
    client.scopes = request["client_config"].value("scopes", std::vector<std::string>{});
    work.client_config = &client;
    Credentials previous;
    if (request.contains("previous")) {
      previous.access_token = Secret(request["previous"]["access_token"].get<std::string>());
      previous.refresh_token = Secret(request["previous"].value("refresh_token", ""));
      work.previous = &previous;
    }
    config::Settings settings;
    for (const auto& [key, value] : request["settings"].items()) settings[key] = {value.get<std::string>(), {config::Layer::user, "c.toml", 1}};
    work.settings = &settings;
    std::map<std::string, Secret> extras;
    if (request.contains("stored")) extras["count"] = Secret(request["stored"]["count"].get<std::string>());
    work.extras = &extras;
    for (const auto& [host, frame] : lines) {
      if (host && frame["type"] == "reply") work.services.http = std::make_shared<ScriptedHttp>(frame);
    }
    if (!work.services.http) work.services.http = std::make_shared<ScriptedHttp>(nlohmann::json());
    const auto& last = lines.back().frame;
    if (request["type"] == "revoke") {
      AuthenticatorInfo info = exec::undescribed("org.example.scripted");
      info.can_revoke = info.described = true;
      info.settings.emplace_back();
      info.settings.back().name = "token";
      info.settings.back().type = AUTHHOST_SETTING_SECRET;
      exec::Command command;
      command.name = "flow.sh";
      command.argv = {shop.file("flow.sh").string()};
      const auto revoked = exec::make_exec(command, info, {"flow.toml", request["granted"], request["granted"]})->revoke(work, call);
      REQUIRE_FALSE(revoked.ok());
      CHECK(revoked.error().message == last["message"].get<std::string>());
      CHECK(status_name(revoked.status()) == last["status"].get<std::string>());
      continue;
    }
    const auto outcome = (*made)->refresh(work, call);
    INFO((outcome.ok() ? std::string() : outcome.error().message));
    if (last["type"] == "credentials") {
      REQUIRE(outcome.ok());
      CHECK(outcome->credentials.access_token.reveal() == last["access_token"].get<std::string>());
    } else {
      REQUIRE_FALSE(outcome.ok());
      CHECK(outcome.error().message == last["message"].get<std::string>());
      CHECK(status_name(outcome.status()) == last["status"].get<std::string>());
    }
  }
}
