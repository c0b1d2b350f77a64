// Pin: the sha256 of a manifest, which ties it to one file.
#pragma once

#include <authhost/result.hpp>

#include <string>

namespace authhost::plugins {

struct Pin {
  std::string manifest;  // as it was named, its folder without symbolic links
  std::string plugin;    // without symbolic links
  std::string said;      // by the manifest; "" if it is not pinned
  std::string real;      // of the plugin's file

  [[nodiscard]] bool holds() const { return said == real; }
};

// PLUGIN: the manifest or the plugin is not trusted, or not readable; the registry's own checks. The plugin is not run.
Result<Pin> read_pin(const std::string& manifest);

// Makes the pin hold: every other byte of the manifest stays, and a reader sees the old one or the new. What was before.
Result<Pin> write_pin(const std::string& manifest);

}  // namespace authhost::plugins
