// Script: an exec plugin in a few lines of shell, and everything a refresh needs beside it.
#pragma once

#include "workshop.hpp"

#include <unistd.h>

#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <utility>

namespace authhost::test {

inline bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

inline std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

// What goes to this process's standard error meanwhile.
inline std::string written_to_stderr(const std::function<void()>& work) {
  std::string name = (fs::temp_directory_path() / "authhost-stderr-XXXXXX").string();
  const int file = ::mkstemp(name.data());
  const int before = ::dup(2);
  REQUIRE(::dup2(file, 2) == 2);
  work();
  ::dup2(before, 2);
  ::close(before);
  ::close(file);
  const std::string text = read(name);
  fs::remove(name);
  return text;
}

// A dead one that nobody has reaped yet does not.
inline bool lives(int pid) {
  const std::string stat = read("/proc/" + std::to_string(pid) + "/stat");
  return !stat.empty() && stat.find(") Z ") == std::string::npos;
}

// A script, and everything a refresh needs.
class Script : public Parts {
 public:
  explicit Script(const std::string& body, const std::string& more = "") {
    write(body);
    shop.write("flow.toml", "kind = \"exec\"\npath = \"flow.sh\"\nid = \"org.example.flow\"\n" + more);
    call.clock = &system_clock();
  }
  void write(const std::string& body) const {
    shop.write("flow.sh", "#!/bin/sh\n" + body);
    Workshop::mode(shop.file("flow.sh"), 0755);
  }
  Script& set(const std::string& key, decltype(config::SettingValue::value) value) {
    put(key, std::move(value));
    return *this;
  }
  Result<RefreshOutcome> refresh(const std::string& name = "flow") {
    if (!registry) registry = shop.registry();
    AUTHHOST_TRY(made, registry->create(name, call));
    authenticator = std::move(made);
    AUTHHOST_CHECK(authenticator->check(settings, call));
    return authenticator->refresh(request(), call);
  }
  Error error() { return error_of(refresh()); }
  Credentials credentials() { return credentials_of(refresh()); }
  // What the script wrote to $OUT.
  [[nodiscard]] fs::path out() const { return shop.root() / "out"; }
};

inline const std::string kToken = "echo '{\"type\":\"credentials\",\"access_token\":\"t0ken\",\"expires_in\":300}'\n";

class CannedHttp final : public Http {
 public:
  Result<HttpResponse> send(const HttpRequest& request, const Call&) override {
    asked = request.method + " " + request.url + " " + std::string(request.body.reveal());
    for (const auto& [name, value] : request.headers) asked += " " + name + "=" + value;
    HttpResponse response;
    response.status = status;
    response.headers = {{"content-type", "application/json"}};
    response.body = Secret(body);
    return response;
  }
  std::string asked;
  int status = 200;
  std::string body = "{\"a\":1}";
};

}  // namespace authhost::test
