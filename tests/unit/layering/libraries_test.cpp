// Each library sits behind the files that own it, and a program links what it needs.
#include "includes.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <cstdio>
#include <filesystem>
#include <regex>
#include <string>
#include <vector>

using namespace authhost::test;

namespace {

struct Owned {
  const char* headers;  // a pattern
  std::vector<std::string> owners;  // files, or folders that end in "/"
};

// Whoever wants a library in one more place says so here.
const std::vector<Owned>& libraries() {
  static const std::vector<Owned> all = {
      {"curl/.*",
       {"host/core/services/http.cpp", "host/core/services/http_url.cpp"}},
      {"openssl/.*", {"host/core/services/crypto.cpp", "host/core/services/http.cpp", "host/core/plugins/trust.cpp"}},
      {"sodium\\.h",
       {"host/core/config/api_key.cpp", "host/core/config/session_key.cpp", "host/core/keyring/sealed_folder.cpp",
        "host/core/keyring/item.cpp", "host/core/services/redact.cpp"}},
      {"toml\\+\\+/.*", {"host/core/config/document.cpp"}},
      {"CLI/.*", {"host/cli/arguments.cpp"}},
      {"spdlog/.*", {"host/core/services/log.cpp"}},
      {"qrcodegen/.*", {"host/core/services/qr.cpp"}},
      {"keyutils\\.h", {"host/core/keyring/runtime_cache.cpp"}},
      {"(libsecret/|glib|gio/).*", {"host/core/keyring/secret_service_module.cpp"}},
      {"boost/process/.*", {"host/core/services/child.cpp"}},
      {"boost/(beast|asio)/.*", {"host/core/services/loopback_connection.cpp"}},
      {"boost/dll/.*", {"host/core/plugins/library.cpp"}},
      {"yaml-cpp/.*", {"host/cli/config_import.cpp"}},
      {"fmt/.*", {"host/"}},
      {"nlohmann/.*", {"host/"}},
      {"(grpc|grpcpp|google|absl)/.*", {"host/clientset/"}},
  };
  return all;
}

bool owns(const std::string& owner, const std::string& file) {
  return owner.back() == '/' ? file.compare(0, owner.size(), owner) == 0 : owner == file;
}

std::string output_of(const std::string& command) {
  std::FILE* pipe = ::popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::string text;
  std::array<char, 4096> part{};
  while (const auto size = std::fread(part.data(), 1, part.size(), pipe)) text.append(part.data(), size);
  REQUIRE(::pclose(pipe) == 0);
  return text;
}

std::string libraries_of(const std::string& program) {
  const std::string text = output_of("ldd '" AUTHHOST_BUILD_DIR "/" + program + "'");
  REQUIRE(text.find("libc.so") != std::string::npos);
  return text;
}

}  // namespace

TEST_CASE("each external library is included only by the files that own it") {
  const std::regex system("(sys|linux|netinet|arpa)/[a-z_]+\\.h|[a-z_]+\\.h");
  for (const auto& include : includes_of({"sdk", "plugins", "host"})) {
    if (is_standard(include) || include.quoted || !file_of_ours(include).empty()) continue;
    INFO(include.text());
    bool known = false;
    for (const auto& library : libraries()) {
      if (!std::regex_match(include.header, std::regex(library.headers))) continue;
      known = true;
      bool owned = false;
      for (const auto& owner : library.owners) owned = owned || owns(owner, include.file);
      CHECK(owned);
    }
    const bool generated = include.file.compare(0, 15, "host/clientset/") == 0 && include.header.find(".pb.h") != std::string::npos;
    const bool of_the_system = known || generated || std::regex_match(include.header, system);
    CHECK(of_the_system);  // else a library without an owner
  }
}

TEST_CASE("a library is included where the list says, and not by a header") {
  for (const auto& library : libraries()) {
    for (const auto& owner : library.owners) {
      if (owner.back() == '/' || !exists(owner)) continue;
      INFO(owner << " owns " << library.headers);
      CHECK(owner.ends_with(".cpp"));
      bool used = false;
      for (const auto& include : includes_of({owner})) used = used || std::regex_match(include.header, std::regex(library.headers));
      CHECK(used);
    }
  }
}

TEST_CASE("no program of the command line links gRPC or protobuf") {
  for (const char* program : {"bin/authhost", "libexec/authhost/authhost-cli"}) {
    const auto libraries = libraries_of(program);
    INFO(libraries);
    for (const char* name : {"grpc", "protobuf", "absl", "libgpr", "libupb"}) CHECK(libraries.find(name) == std::string::npos);
  }
}

TEST_CASE("the program that prints a cached token links no HTTP, TLS, JSON, logging or Boost, and not the core") {
  const auto libraries = libraries_of("bin/authhost");
  INFO(libraries);
  for (const char* name : {"curl", "ssl", "libcrypto", "boost", "fmt", "spdlog", "glib", "secret", "qrcodegen", "authhost-core"}) {
    CHECK(libraries.find(name) == std::string::npos);
  }
}

TEST_CASE("libsecret and GLib are loaded when a keyring is asked for, not linked") {
  const auto libraries = libraries_of("libexec/authhost/authhost-cli");
  INFO(libraries);
  for (const char* name : {"libsecret", "libglib", "libgio"}) CHECK(libraries.find(name) == std::string::npos);
}

TEST_CASE("no program and no library of ours looks for others in the working directory") {
  int looked = 0;
  for (const char* folder : {"bin", "lib", "libexec/authhost", "lib/authhost/plugins"}) {
    const std::string path = std::string(AUTHHOST_BUILD_DIR "/") + folder;
    if (!std::filesystem::exists(path)) continue;
    for (const auto& entry : std::filesystem::directory_iterator(path)) {
      if (!entry.is_regular_file() || entry.path().extension() == ".a") continue;
      const std::string text = output_of("readelf -d '" + entry.path().string() + "' 2>/dev/null || true");
      const std::regex run_path("R(?:UN)?PATH\\).*\\[(.*)\\]");
      std::smatch found;
      ++looked;
      if (!std::regex_search(text, found, run_path)) continue;
      INFO(entry.path() << " " << found[1]);
      CHECK((":" + found[1].str() + ":").find("::") == std::string::npos);
    }
  }
  CHECK(looked > 8);
}
