#include "scaffold.hpp"

#include "python_modules.hpp"

#include "core/config/paths.hpp"
#include "core/plugins/descriptor.hpp"
#include "core/services/crypto.hpp"
#include "core/services/redact.hpp"
#include "core/services/trusted_path.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>
#include <utility>

namespace authhost::cli {

namespace {

namespace fs = std::filesystem;

// Whatever the umask is: a plugin that its group may write would be refused.
constexpr mode_t kFile = 0644;
constexpr mode_t kProgram = 0755;
constexpr mode_t kFolder = 0755;

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
  const fs::path whole = folder.empty() ? fs::path() : fs::absolute(folder, problem);
  if (problem) return refused(folder, "the folder that you are in is no more: " + problem.message(), "go to another one, or name a whole path");
  fs::path place = fs::weakly_canonical(whole, problem);
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

// Comments at the ends of neighbouring lines begin in one column, however long the names are that were filled in.
std::string aligned(const std::string& text) {
  constexpr std::string_view kComment = "  # ";
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(std::move(line));
  const auto code_of = [&](const std::string& line) { return line.find_last_not_of(' ', line.find(kComment)) + 1; };
  const auto has_comment = [&](std::size_t i) {
    return i < lines.size() && lines[i].find(kComment) != std::string::npos && code_of(lines[i]) > 0;
  };
  std::string out;
  for (std::size_t i = 0; i < lines.size();) {
    std::size_t end = i;
    std::size_t widest = 0;
    for (; has_comment(end); ++end) widest = std::max(widest, code_of(lines[end]));
    for (; i < end; ++i) {
      const auto code = code_of(lines[i]);
      out += lines[i].substr(0, code) + std::string(widest - code, ' ') + "  " + lines[i].substr(lines[i].find('#', code)) + "\n";
    }
    if (i < lines.size()) out += lines[i++] + "\n";
  }
  return out;
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
    files.push_back({fill_in(at->path().filename().string(), id), aligned(fill_in(text.str(), id))});
  }
  if (problem || files.empty()) {
    return Error{Status::plugin, "reading the templates in " + folder.string() + ": " + (problem ? problem.message() : "there are none"),
                 "install authhost anew: this part of it is missing"};
  }
  std::sort(files.begin(), files.end(), [](const File& a, const File& b) { return a.name < b.name; });
  return files;
}

// Where nobody else may write on the way: another could put something in the new folder's place while it is filled, and its plugin
// would be refused anyway.
Result<FoundPath> parent_of(const fs::path& place) {
  using Why = PathFault::Why;
  FoundPath parent;
  const auto fault = walk_path(place.parent_path().string(), {.judge_last = true}, parent);
  if (!fault) return parent;
  const std::string where = safe_text(fault->path, 300);
  if (fault->why == Why::owner) {
    return refused(place, where + " belongs to user " + std::to_string(fault->status.st_uid) + ", neither to root nor to you",
                   "name a folder in one of your own: a plugin in this one would be refused");
  }
  if (fault->why == Why::group_writes || fault->why == Why::everybody_writes) {
    return refused(place, (fault->why == Why::group_writes ? "a group may write to " : "everybody may write to ") + where,
                   "chmod go-w " + where + ", or name a folder in another one: a plugin in this one would be refused");
  }
  return failed(place, {fault->error, std::generic_category()});
}

// A folder that is gone again unless it got its name. All of it goes through descriptors: what is filled is what was made.
class Draft {
 public:
  Draft(fs::path place, FoundPath parent) : place_(std::move(place)), parent_(std::move(parent)) { make(); }
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;
  ~Draft() {
    if (name_.empty()) return;
    for (const auto& file : files_) ::unlinkat(folder_.get(), file.c_str(), 0);
    ::unlinkat(parent_.fd.get(), name_.c_str(), AT_REMOVEDIR);
  }

  void add(const File& file) {
    if (problem_) return;
    const Fd out(::openat(folder_.get(), file.name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR));
    if (!out) return fail(errno);
    files_.push_back(file.name);
    for (std::string_view rest = file.text; !rest.empty();) {
      const auto written = ::write(out.get(), rest.data(), rest.size());
      if (written < 0 && errno != EINTR) return fail(errno);
      if (written > 0) rest.remove_prefix(static_cast<std::size_t>(written));
    }
    if (::fchmod(out.get(), file.text.starts_with("#!") ? kProgram : kFile) != 0) fail(errno);
  }

  // Takes the place of an empty folder, and of nothing else that may be there by now.
  Result<void> keep() {
    const int at = parent_.fd.get();
    if (!problem_ && ::renameat(at, name_.c_str(), at, place_.filename().c_str()) != 0) fail(errno);
    if (problem_) return failed(place_, problem_);
    name_.clear();
    return {};
  }

 private:
  void make() {
    for (int tries = 0; tries < 16 && !folder_ && !problem_; ++tries) {
      std::uint64_t number = 0;
      if (!crypto::random(&number, sizeof number)) return fail(EIO);
      name_ = ".authhost-new-" + std::to_string(number);
      if (::mkdirat(parent_.fd.get(), name_.c_str(), S_IRWXU) != 0) {
        name_.clear();  // it is not ours
        if (errno != EEXIST) return fail(errno);
        continue;
      }
      folder_ = Fd(::openat(parent_.fd.get(), name_.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
      if (!folder_ || ::fchmod(folder_.get(), kFolder) != 0) fail(errno);
    }
  }

  void fail(int error) { problem_ = {error, std::generic_category()}; }

  const fs::path place_;
  const FoundPath parent_;
  std::string name_;
  Fd folder_;
  std::vector<std::string> files_;
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
                 "an id is reverse DNS: two or more words with dots between, each of them a letter and then a-z, 0-9, - and _, such as com.example.corp-sso"};
  }
  if (language == "python" && is_python_module(name_of(id))) {
    const std::string name(name_of(id));
    return Error{Status::usage, "\"" + name + "\" is a module of Python, and " + name + ".py would be taken for it",
                 "end the id with another word, such as " + id + "-login"};
  }
  AUTHHOST_TRY(place, place_for(folder));
  AUTHHOST_TRY(files, files_for(id, language));
  AUTHHOST_TRY(parent, parent_of(place));
  Scaffold made{place.string(), {}};
  Draft draft(place, std::move(parent));
  for (const auto& file : files) {
    draft.add(file);
    made.files.push_back(file.name);
  }
  AUTHHOST_CHECK(draft.keep());
  return made;
}

}  // namespace authhost::cli
