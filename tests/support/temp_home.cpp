#include "temp_home.hpp"

#include "child.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace authhost::test {
namespace fs = std::filesystem;

TempHome::TempHome() {
  const char* base = std::getenv("TMPDIR");
  std::string name = std::string(base != nullptr && *base != '\0' ? base : "/tmp") + "/authhost-test-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp " + name);
  root_ = name;
  for (const char* folder : {"home", "config", "config/authhost", "state", "run", "data", "cache", "tmp"})
    if (::mkdir(path(folder).c_str(), 0700) != 0) throw std::runtime_error("mkdir " + path(folder));
}

TempHome::~TempHome() {
  std::error_code ignored;
  fs::remove_all(root_, ignored);
}

std::vector<std::string> TempHome::env() const {
  auto out = base_environment();
  out.push_back("HOME=" + path("home"));
  out.push_back("XDG_CONFIG_HOME=" + path("config"));
  out.push_back("XDG_STATE_HOME=" + path("state"));
  out.push_back("XDG_RUNTIME_DIR=" + path("run"));
  out.push_back("XDG_DATA_HOME=" + path("data"));
  out.push_back("XDG_CACHE_HOME=" + path("cache"));
  out.push_back("TMPDIR=" + path("tmp"));
  return out;
}

std::string TempHome::write(std::string_view relative, std::string_view text, unsigned mode) const {
  const std::string file = path(relative);
  const std::string folder = fs::path(file).parent_path();
  for (std::size_t at = root_.size(); at != std::string::npos && at < folder.size();) {
    at = folder.find('/', at + 1);
    ::mkdir(folder.substr(0, at).c_str(), 0700);
  }
  {
    std::ofstream out(file, std::ios::binary | std::ios::trunc);
    out << text;
    if (!out) throw std::runtime_error("cannot write " + file);
  }
  if (::chmod(file.c_str(), mode) != 0) throw std::runtime_error("chmod " + file);
  return file;
}

std::string TempHome::read(std::string_view relative) const {
  std::ifstream in(path(relative), std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

std::vector<std::string> TempHome::files(std::string_view relative) const {
  std::vector<std::string> out;
  std::error_code ignored;
  for (fs::recursive_directory_iterator it(path(relative), ignored), end; it != end; it.increment(ignored)) {
    if (ignored) break;
    if (it->is_regular_file(ignored)) out.push_back(fs::relative(it->path(), root_, ignored).string());
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<std::string> TempHome::files_with(std::string_view text) const {
  std::vector<std::string> out;
  for (auto& file : files())
    if (read(file).find(text) != std::string::npos) out.push_back(file);
  return out;
}

}  // namespace authhost::test
