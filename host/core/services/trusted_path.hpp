// The one walk to what decides what runs, or where secrets lie: whether somebody else could have put it there.
#pragma once

#include "core/services/fd.hpp"

#include <sys/stat.h>

#include <optional>
#include <string>

namespace authhost {

// What the walk accepts. Root and the effective user always may own what is on the way.
struct PathRules {
  std::optional<uid_t> owner = std::nullopt;  // may do so, too
  bool private_group = false;  // what an owner's private group may write counts as the owner's
  bool follow_last = true;     // whether the last name may be a symbolic link
  bool judge_last = false;     // whether the last thing is only the way to something, and judged like that
  bool create = false;         // makes folders that are missing: 0700, whatever the umask
};

// Whether an errno is the system's trouble, which may pass, and no fault of the file's: no room for descriptors or memory.
bool is_passing(int error) noexcept;

// Why not. Callers have their own words for it.
struct PathFault {
  enum class Why {
    failed,  // `error` and `doing` say what
    relative,
    not_folder,
    link,  // the last name is one, against the rules
    owner,
    group_writes,
    everybody_writes,
  };
  Why why = Why::failed;
  std::string path;  // of what is at fault, without symbolic links
  struct stat status {};
  int error = 0;           // an errno; ELOOP: too many symbolic links
  const char* doing = "";  // "cannot open", …
};

struct FoundPath {
  Fd fd;             // O_PATH, of the thing itself
  Fd folder;         // O_PATH, of the folder that it was found in; none if it is a folder
  std::string path;  // without symbolic links
  struct stat status {};
};

// Walks from the root, one name after the other, each looked at through a descriptor before it is entered, so that what was
// judged is what is used. Links are followed by hand. Every folder and link on the way has to belong to root or us; a folder
// on the way may be written by others only if it is root's and sticky, such as /tmp. The last thing is left to the caller
// (judge_path, with what else it wants), unless `rules` say otherwise. A fault, or `out`.
[[nodiscard]] std::optional<PathFault> walk_path(const std::string& path, const PathRules& rules, FoundPath& out);

// Owner and mode of one thing. `on_the_way`: a folder that only leads somewhere.
[[nodiscard]] std::optional<PathFault> judge_path(const std::string& path, const struct stat& status, const PathRules& rules,
                                                  bool on_the_way);

}  // namespace authhost
