// TempHome: a home of its own for one test: every XDG folder, 0700, no session bus. Gone when the test ends.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace authhost::test {

class TempHome {
 public:
  TempHome();
  ~TempHome();
  TempHome(const TempHome&) = delete;
  TempHome& operator=(const TempHome&) = delete;

  [[nodiscard]] const std::string& root() const { return root_; }
  [[nodiscard]] std::string path(std::string_view relative) const { return root_ + "/" + std::string(relative); }
  [[nodiscard]] std::string config_file() const { return path("config/authhost/config.toml"); }
  [[nodiscard]] std::string state() const { return path("state/authhost"); }

  // HOME, XDG_{CONFIG,STATE,RUNTIME,DATA,CACHE}_*, TMPDIR, and base_environment().
  [[nodiscard]] std::vector<std::string> env() const;

  // Writes a file, with its folders; returns its path.
  std::string write(std::string_view relative, std::string_view text, unsigned mode = 0600) const;
  std::string write_config(std::string_view toml) const { return write("config/authhost/config.toml", toml); }
  [[nodiscard]] std::string read(std::string_view relative) const;
  // Every regular file below `relative`, relative to the root, sorted.
  [[nodiscard]] std::vector<std::string> files(std::string_view relative = "") const;
  // The files whose bytes contain `text`.
  [[nodiscard]] std::vector<std::string> files_with(std::string_view text) const;

 private:
  std::string root_;
};

}  // namespace authhost::test
