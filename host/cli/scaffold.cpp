#include "scaffold.hpp"

#include "core/config/paths.hpp"
#include "core/plugins/descriptor.hpp"
#include "core/services/redact.hpp"

#include <stdlib.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>
#include <utility>

namespace authhost::cli {

namespace {

namespace fs = std::filesystem;

// Whatever the umask is: a plugin that its group may write would be refused.
constexpr auto kFile = fs::perms::owner_read | fs::perms::owner_write | fs::perms::group_read | fs::perms::others_read;
constexpr auto kProgram = kFile | fs::perms::owner_exec | fs::perms::group_exec | fs::perms::others_exec;
constexpr auto kFolder = kProgram;

struct File {
  std::string name;
  std::string text;
};

std::string_view name_of(std::string_view id) { return id.substr(id.rfind('.') + 1); }

// "corp-sso" is the class CorpSso.
std::string class_of(std::string_view name) {
  std::string words;
  bool begins = true;
  for (const char c : name) {
    const bool is_letter = c >= 'a' && c <= 'z';
    if (c != '-' && c != '_') words += begins && is_letter ? static_cast<char>(c - 'a' + 'A') : c;
    begins = c == '-' || c == '_';
  }
  return words;
}

Error refused(const fs::path& folder, std::string_view why, std::string hint) {
  return {Status::usage, "making " + safe_text(folder.string(), 300) + ": " + std::string(why), std::move(hint)};
}

Error failed(const fs::path& folder, const std::error_code& problem) {
  return refused(folder, problem.message(), "name a folder in one where you may write");
}

// Where the project goes, without symbolic links.
Result<fs::path> place_for(const std::string& folder) {
  const std::string other = "name a folder that is not there yet";
  std::error_code problem;
  fs::path place = folder.empty() ? fs::path() : fs::weakly_canonical(fs::absolute(folder), problem);
  if (problem) return failed(folder, problem);
  if (!place.has_filename()) place = place.parent_path();  // "corp-sso/"
  if (place.empty() || !place.has_filename()) return refused(folder, "that is no name for a folder", other);
  if (!fs::is_directory(place.parent_path(), problem)) {
    return refused(place, "there is no folder " + safe_text(place.parent_path().string(), 300), "make that one first");
  }
  if (!fs::exists(fs::symlink_status(place, problem))) return place;
  if (!fs::is_directory(place, problem)) return refused(place, "it is there already, and no folder", other);
  if (!fs::is_empty(place, problem)) return problem ? failed(place, problem) : refused(place, "it is there already, and not empty", other);
  // It would be exchanged below the shell's feet.
  if (fs::equivalent(place, ".", problem)) return refused(place, "it is the folder that you are in", other);
  return place;
}

Result<std::vector<File>> files_for(const std::string& id, const std::string& language) {
  const fs::path folder = fs::path(paths::templates()) / language;
  std::vector<File> files;
  std::error_code problem;
  for (fs::directory_iterator at(folder, problem), end; !problem && at != end; at.increment(problem)) {
    std::ifstream in(at->path(), std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    if (!in) problem = std::make_error_code(std::errc::io_error);
    files.push_back({fill_in(at->path().filename().string(), id), fill_in(text.str(), id)});
  }
  if (problem || files.empty()) {
    return Error{Status::plugin, "reading the templates in " + folder.string() + ": " + (problem ? problem.message() : "there are none"),
                 "install authhost anew: this part of it is missing"};
  }
  std::sort(files.begin(), files.end(), [](const File& a, const File& b) { return a.name < b.name; });
  return files;
}

// A folder that is gone again unless it got its name.
class Draft {
 public:
  explicit Draft(const fs::path& place) : place_(place) {
    std::string name = (place.parent_path() / ".authhost-new-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) problem_ = {errno, std::generic_category()};
    else folder_ = name;
    set_mode(folder_, kFolder);
  }
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;
  ~Draft() {
    std::error_code ignored;
    if (!folder_.empty()) fs::remove_all(folder_, ignored);
  }

  void add(const File& file) {
    if (problem_) return;
    const fs::path path = folder_ / file.name;
    std::ofstream out(path, std::ios::binary);
    out << file.text;
    out.close();
    if (!out) problem_ = {errno != 0 ? errno : EIO, std::generic_category()};
    set_mode(path, file.text.starts_with("#!") ? kProgram : kFile);
  }

  // Takes the place of an empty folder, and of nothing else that may be there by now.
  Result<void> keep() {
    if (!problem_) fs::rename(folder_, place_, problem_);
    if (problem_) return failed(place_, problem_);
    folder_.clear();
    return {};
  }

 private:
  void set_mode(const fs::path& path, fs::perms mode) {
    if (!problem_) fs::permissions(path, mode, problem_);
  }

  const fs::path place_;
  fs::path folder_;
  std::error_code problem_;  // the first one
};

}  // namespace

std::string fill_in(std::string_view text, std::string_view id) {
  const std::pair<std::string_view, std::string> values[] = {
      {"@id@", std::string(id)}, {"@name@", std::string(name_of(id))}, {"@class@", class_of(name_of(id))}};
  std::string out;
  while (!text.empty()) {
    const auto value = std::find_if(std::begin(values), std::end(values), [&](const auto& one) { return text.starts_with(one.first); });
    out += value != std::end(values) ? value->second : std::string(1, text.front());
    text.remove_prefix(value != std::end(values) ? value->first.size() : 1);
  }
  return out;
}

Result<Scaffold> make_scaffold(const std::string& folder, const std::string& id, const std::string& language) {
  if (!plugins::is_authenticator_id(id)) {
    return Error{Status::usage, "\"" + safe_text(id, 64) + "\" is not an id",
                 "an id is reverse DNS: two or more words of a-z, 0-9, - and _ with dots between, such as com.example.corp-sso"};
  }
  AUTHHOST_TRY(place, place_for(folder));
  AUTHHOST_TRY(files, files_for(id, language));
  Scaffold made{place.string(), {}};
  Draft draft(place);
  for (const auto& file : files) {
    draft.add(file);
    made.files.push_back(file.name);
  }
  AUTHHOST_CHECK(draft.keep());
  return made;
}

}  // namespace authhost::cli
