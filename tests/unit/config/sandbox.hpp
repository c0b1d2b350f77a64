// A folder of its own for one test, with HOME, the XDG variables and the working directory in it; all put back
// afterwards.
#pragma once

#include "core/config/profile.hpp"

#include <authhost/result.hpp>

#include <catch2/catch.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <string>

class Sandbox {
 public:
  Sandbox() {
    char name[] = "/tmp/authhost-config-XXXXXX";
    REQUIRE(::mkdtemp(name) != nullptr);
    root_ = std::filesystem::canonical(name).string();
    before_ = std::filesystem::current_path();
    for (const char* folder : {"/home", "/work", "/etc"}) make_folder(root_ + folder);
    std::filesystem::current_path(root_ + "/work");
    set("HOME", root_ + "/home");
    for (const char* name_of :
         {"XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR", "AUTHHOST_CONFIG", "AUTHHOST_PROFILE"}) {
      set(name_of, std::nullopt);
    }
  }
  ~Sandbox() {
    std::filesystem::current_path(before_);
    for (const auto& [name, value] : saved_) put(name, value);
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
  }
  Sandbox(const Sandbox&) = delete;
  Sandbox& operator=(const Sandbox&) = delete;

  void set(const std::string& name, const std::optional<std::string>& value) {
    const char* now = std::getenv(name.c_str());
    saved_.try_emplace(name, now == nullptr ? std::nullopt : std::optional<std::string>(now));
    put(name, value);
  }

  // Paths are relative to the sandbox.
  std::string path(const std::string& name) const { return root_ + "/" + name; }
  std::string write(const std::string& name, const std::string& text, mode_t mode = 0600) const {
    const std::string file = path(name);
    make_folder(file.substr(0, file.rfind('/')));
    std::ofstream(file, std::ios::binary) << text;
    REQUIRE(::chmod(file.c_str(), mode) == 0);
    return file;
  }
  std::string system(const std::string& text) const { return write("etc/config.toml", text); }
  std::string user(const std::string& text) const { return write("home/.config/authhost/config.toml", text); }
  std::string project(const std::string& text) const { return write("work/authhost.toml", text); }

  authhost::config::LoadOptions options() const { return {.system_file = path("etc/config.toml")}; }
  authhost::Result<authhost::config::Config> load() const { return authhost::config::load(options()); }
  // Loads `text` as the user's file and resolves its only, or default, profile.
  authhost::Result<authhost::config::Profile> profile(const std::string& text) const {
    user(text);
    auto config = load();
    if (!config) return std::move(config).error();
    return config->profile("");
  }

 private:
  static void make_folder(const std::string& folder) {
    std::filesystem::create_directories(folder);
    REQUIRE(::chmod(folder.c_str(), 0700) == 0);
  }
  static void put(const std::string& name, const std::optional<std::string>& value) {
    if (value)
      ::setenv(name.c_str(), value->c_str(), 1);
    else
      ::unsetenv(name.c_str());
  }

  std::string root_;
  std::filesystem::path before_;
  std::map<std::string, std::optional<std::string>> saved_;
};
