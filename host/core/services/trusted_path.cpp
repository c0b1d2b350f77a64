#include "core/services/trusted_path.hpp"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <deque>
#include <string_view>
#include <utility>
#include <vector>

namespace authhost {
namespace {

constexpr int kMaxLinks = 40;  // as the kernel's own limit

// Members of a group by their account are not among those that the group lists.
bool is_primary_group_of_another(gid_t group, const std::string& name) {
  std::FILE* const accounts = std::fopen("/etc/passwd", "re");
  if (accounts == nullptr) return true;
  bool found = false;
  std::array<char, 4096> buffer{};
  struct passwd account {};
  struct passwd* read = nullptr;
  int problem = 0;
  while (!found && (problem = ::fgetpwent_r(accounts, &account, buffer.data(), buffer.size(), &read)) == 0) {
    found = account.pw_gid == group && name != account.pw_name;
  }
  found = found || (problem != 0 && problem != ENOENT);  // who cannot be read may be anybody
  std::fclose(accounts);
  return found;
}

// Whether the group is the user's own and has nobody else in it: Debian's and Ubuntu's user private groups.
bool is_private_group(gid_t group, uid_t user) {
  if (user == 0 || ::geteuid() == 0) return false;
  std::array<char, 16384> buffer{};
  struct passwd entry {};
  struct passwd* person = nullptr;
  if (::getpwuid_r(user, &entry, buffer.data(), buffer.size(), &person) != 0 || person == nullptr) return false;
  if (person->pw_gid != group) return false;
  const std::string name = person->pw_name;
  struct group group_entry {};
  struct group* found = nullptr;
  if (::getgrgid_r(group, &group_entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr) return false;
  if (name != found->gr_name) return false;
  for (char** member = found->gr_mem; *member != nullptr; ++member) {
    if (name != *member) return false;
  }
  return !is_primary_group_of_another(group, name);
}

PathFault system_fault(const char* doing, std::string path, int error) {
  return {PathFault::Why::failed, std::move(path), {}, error, doing};
}

using Fault = std::optional<PathFault>;

class Walk {
 public:
  Walk(const PathRules& rules, const std::string& path) : rules_(rules) { push_front(path); }

  Fault run(FoundPath& out) {
    if (auto fault = restart()) return fault;
    while (!rest_.empty()) {
      const std::string name = std::move(rest_.front());
      rest_.pop_front();
      if (name == "..") {
        if (folders_.size() > 1) folders_.pop_back();
        if (!names_.empty()) names_.pop_back();
        continue;
      }
      const std::string here = text() + "/" + name;
      Fd next(::openat(folders_.back().get(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
      if (!next && errno == ENOENT && rules_.create) {
        if (auto fault = make(name, here)) return fault;
        next = Fd(::openat(folders_.back().get(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
      }
      if (!next) return system_fault("cannot open", here, errno);
      struct stat status {};
      if (::fstat(next.get(), &status) != 0) return system_fault("cannot inspect", here, errno);
      if (S_ISLNK(status.st_mode)) {
        if (auto fault = follow(next, status, here)) return fault;
        continue;
      }
      names_.push_back(name);
      if (S_ISDIR(status.st_mode)) {
        if (rules_.judge_last || !rest_.empty()) {
          if (auto fault = judge_path(here, status, rules_, true)) return fault;
        }
        folders_.push_back(std::move(next));
        continue;
      }
      if (!rest_.empty() || rules_.judge_last) return PathFault{PathFault::Why::not_folder, here, status, ENOTDIR, "cannot enter"};
      out = {std::move(next), std::move(folders_.back()), here, status};
      return std::nullopt;
    }
    out.fd = std::move(folders_.back());
    out.folder.reset();
    out.path = names_.empty() ? "/" : text();
    if (::fstat(out.fd.get(), &out.status) != 0) return system_fault("cannot inspect", out.path, errno);
    return std::nullopt;
  }

 private:
  Fault restart() {
    folders_.clear();
    names_.clear();
    Fd root(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
    struct stat status {};
    if (!root || ::fstat(root.get(), &status) != 0) return system_fault("cannot open", "/", errno);
    folders_.push_back(std::move(root));
    return judge_path("/", status, rules_, true);
  }

  Fault follow(const Fd& link, const struct stat& status, const std::string& here) {
    if (rest_.empty() && !rules_.follow_last) return PathFault{PathFault::Why::link, here, status, ELOOP, "cannot follow"};
    if (auto fault = judge_path(here, status, rules_, true)) return fault;
    if (++links_ > kMaxLinks) return system_fault("cannot follow", here, ELOOP);
    std::array<char, 4096> target{};
    const auto size = ::readlinkat(link.get(), "", target.data(), target.size());
    if (size < 0) return system_fault("cannot follow", here, errno);
    if (static_cast<std::size_t>(size) == target.size()) return system_fault("cannot follow", here, ENAMETOOLONG);
    if (size > 0 && target[0] == '/') {
      if (auto fault = restart()) return fault;
    }
    push_front({target.data(), static_cast<std::size_t>(size)});
    return std::nullopt;
  }

  Fault make(const std::string& name, const std::string& here) const {
    if (::mkdirat(folders_.back().get(), name.c_str(), S_IRWXU) != 0) {
      if (errno == EEXIST) return std::nullopt;  // someone was faster; it is judged like any other
      return system_fault("cannot create", here, errno);
    }
    // The umask may have taken more than group and other bits away.
    if (::fchmodat(folders_.back().get(), name.c_str(), S_IRWXU, 0) != 0) return system_fault("cannot make private", here, errno);
    return std::nullopt;
  }

  void push_front(std::string_view path) {
    std::vector<std::string> parts;
    for (std::size_t begin = 0; begin < path.size();) {
      const auto end = std::min(path.find('/', begin), path.size());
      if (end > begin && path.substr(begin, end - begin) != ".") parts.emplace_back(path.substr(begin, end - begin));
      begin = end + 1;
    }
    rest_.insert(rest_.begin(), parts.begin(), parts.end());
  }

  [[nodiscard]] std::string text() const {
    std::string joined;
    for (const auto& name : names_) joined.append("/").append(name);
    return joined;
  }

  const PathRules& rules_;
  std::vector<Fd> folders_;         // from the root down to where we are
  std::vector<std::string> names_;  // their names
  std::deque<std::string> rest_;    // what is still to be walked
  int links_ = 0;
};

}  // namespace

std::optional<PathFault> judge_path(const std::string& path, const struct stat& status, const PathRules& rules, bool on_the_way) {
  using Why = PathFault::Why;
  if (status.st_uid != 0 && status.st_uid != ::geteuid() && rules.owner != status.st_uid) return PathFault{Why::owner, path, status};
  if (S_ISLNK(status.st_mode)) return std::nullopt;  // the mode of a link says nothing
  // Root's sticky folders let nobody but the owner of an entry replace it, and the entry's owner is judged next.
  const bool sticky = on_the_way && status.st_uid == 0 && (status.st_mode & S_ISVTX) != 0;
  if (sticky || (status.st_mode & (S_IWGRP | S_IWOTH)) == 0) return std::nullopt;
  if ((status.st_mode & S_IWOTH) != 0) return PathFault{Why::everybody_writes, path, status};
  if (rules.private_group && is_private_group(status.st_gid, status.st_uid)) return std::nullopt;
  return PathFault{Why::group_writes, path, status};
}

bool is_passing(int error) noexcept { return error == EMFILE || error == ENFILE || error == ENOMEM; }

std::optional<PathFault> walk_path(const std::string& path, const PathRules& rules, FoundPath& out) {
  if (path.empty() || path.front() != '/') return PathFault{PathFault::Why::relative, path};
  return Walk(rules, path).run(out);
}

}  // namespace authhost
