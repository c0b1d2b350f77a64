#include "core/config/trusted_file.hpp"

#include "core/services/trusted_path.hpp"

#include "sandbox.hpp"

#include <sys/wait.h>

using authhost::Status;
using authhost::config::read_trusted_file;

namespace {

constexpr uid_t kStranger = 65'534;

// Runs `check` in a child that gave up root for another user, and tells whether it held. Changing users needs root;
// without it the child checks as the user it is, whom the files then do not belong to either way.
template <class Check>
bool as_stranger(Check check) {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    if (::geteuid() == 0 && ::setuid(kStranger) != 0) ::_exit(2);
    ::_exit(check() ? 0 : 1);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

TEST_CASE("a file that others may write is refused, with the command that helps") {
  Sandbox box;
  for (const mode_t mode : {0602, 0620, 0666, 0664}) {
    const std::string file = box.write("work/a.toml", "", mode);
    const auto read = read_trusted_file(file);
    REQUIRE_FALSE(read.ok());
    CHECK(read.status() == Status::invalid_config);
    CHECK(read.error().message == file + ": other users may write to the file");
    CHECK(read.error().hint == "run: chmod go-w " + file);
  }
  CHECK(read_trusted_file(box.write("work/a.toml", "x", 0644))->value() == "x");
}

TEST_CASE("a file in a folder that others may write is refused, ./authhost.toml included") {
  Sandbox box;
  box.project("[profiles.p]\nendpoint = \"f\"\n");
  for (const mode_t mode : {0777, 0770, 0722}) {
    REQUIRE(::chmod(box.path("work").c_str(), mode) == 0);
    const auto config = box.load();
    REQUIRE_FALSE(config.ok());
    CHECK(config.status() == Status::invalid_config);
    CHECK(config.error().message ==
          box.path("work") + ": other users may write to the folder, so they could replace the file in it");
    CHECK(config.error().hint == "run: chmod go-w " + box.path("work"));
  }
  REQUIRE(::chmod(box.path("work").c_str(), 0755) == 0);
  CHECK(box.load().ok());
}

TEST_CASE("a folder that others may write does no harm as long as there is no file in it") {
  Sandbox box;
  REQUIRE(::chmod(box.path("work").c_str(), 0777) == 0);
  CHECK(box.load().ok());
}

TEST_CASE("a folder that is root's and sticky, such as /tmp, is acceptable") {
  char name[] = "/tmp/authhost-sticky-XXXXXX";
  const int fd = ::mkstemp(name);
  REQUIRE(fd >= 0);
  ::close(fd);
  const auto read = read_trusted_file(name);
  ::unlink(name);
  CHECK(read.ok());
}

TEST_CASE("both ends of a symbolic link are checked") {
  Sandbox box;
  const std::string target = box.write("elsewhere/real.toml", "x");
  std::filesystem::create_symlink(target, box.path("work/link.toml"));
  CHECK(read_trusted_file(box.path("work/link.toml"))->value() == "x");
  REQUIRE(::chmod(box.path("elsewhere").c_str(), 0777) == 0);
  CHECK(read_trusted_file(box.path("work/link.toml")).status() == Status::invalid_config);
  REQUIRE(::chmod(box.path("elsewhere").c_str(), 0700) == 0);
  REQUIRE(::chmod(box.path("work").c_str(), 0777) == 0);
  CHECK(read_trusted_file(box.path("work/link.toml")).status() == Status::invalid_config);
}

TEST_CASE("a file or a folder that belongs to another user is refused, one of root's is not") {
  Sandbox box;
  const std::string file = box.write("work/a.toml", "x", 0644);
  for (const char* folder : {"", "work"}) REQUIRE(::chmod(box.path(folder).c_str(), 0755) == 0);
  const bool root = ::geteuid() == 0;
  if (root) {
    CHECK(as_stranger([&] { return read_trusted_file(file).ok(); }));  // root's file, read by somebody else
    REQUIRE(::chown(file.c_str(), kStranger, kStranger) == 0);
    CHECK(read_trusted_file(file).error().message == file + ": the file belongs to another user");
    REQUIRE(::chown(file.c_str(), 0, 0) == 0);
    REQUIRE(::chown(box.path("work").c_str(), kStranger, kStranger) == 0);
    CHECK(read_trusted_file(file).error().message.find(": the folder belongs to another user") != std::string::npos);
  } else {
    CHECK(read_trusted_file("/etc/hostname").ok());
  }
}

TEST_CASE("a file below a folder that others may write is refused, however far up that folder is") {
  Sandbox box;
  const std::string file = box.write("a/b/c/config.toml", "x");
  for (const char* folder : {"a", "a/b", "a/b/c"}) {
    for (const mode_t mode : {0777, 0775, 01777}) {
      REQUIRE(::chmod(box.path(folder).c_str(), mode) == 0);
      const auto read = read_trusted_file(file);
      if (mode == 01777 && ::geteuid() == 0) {  // root's and sticky: what lies in it cannot be exchanged
        CHECK(read.ok());
        continue;
      }
      REQUIRE(read.status() == Status::invalid_config);
      CHECK(read.error().message ==
            box.path(folder) + ": other users may write to the folder, so they could replace the file in it");
      CHECK(read.error().hint == "run: chmod go-w " + box.path(folder));
    }
    REQUIRE(::chmod(box.path(folder).c_str(), 0755) == 0);
  }
  CHECK(read_trusted_file(file)->value() == "x");
  if (::geteuid() != 0) return;  // only root can give folders away
  REQUIRE(::chown(box.path("a").c_str(), kStranger, kStranger) == 0);
  CHECK(read_trusted_file(file).error().message ==
        box.path("a") + ": the folder belongs to another user, who could replace the file in it");
}

TEST_CASE("a symbolic link of another user is not followed, not even in a sticky folder and to a file of ours") {
  Sandbox box;
  struct stat link {};
  link.st_mode = S_IFLNK | 0777;
  link.st_uid = ::geteuid() + 1;
  CHECK(authhost::judge_path("/tmp/l", link, {}, true)->why == authhost::PathFault::Why::owner);
  link.st_uid = ::geteuid();
  CHECK_FALSE(authhost::judge_path("/tmp/l", link, {}, true));
  if (::geteuid() != 0) return;  // only root can give links away
  const std::string ours = box.write("home/old.toml", "x");
  REQUIRE(::chmod(box.path("work").c_str(), 01777) == 0);
  std::filesystem::create_symlink(ours, box.path("work/authhost.toml"));
  std::filesystem::create_symlink(box.path("home"), box.path("work/folder"));
  CHECK(read_trusted_file(box.path("work/authhost.toml"))->value() == "x");
  CHECK(read_trusted_file(box.path("work/folder/old.toml"))->value() == "x");
  for (const char* name : {"work/authhost.toml", "work/folder"}) {
    REQUIRE(::lchown(box.path(name).c_str(), kStranger, kStranger) == 0);
  }
  for (const char* name : {"work/authhost.toml", "work/folder/old.toml"}) {
    const auto read = read_trusted_file(box.path(name));
    REQUIRE(read.status() == Status::invalid_config);
    CHECK(read.error().message.find(": the symbolic link belongs to another user") != std::string::npos);
  }
  CHECK(box.load().status() == Status::invalid_config);  // ./authhost.toml
}

TEST_CASE("every folder on the way of a chain of symbolic links is checked") {
  Sandbox box;
  const std::string real = box.write("real/config.toml", "x");
  box.write("hop/here", "");
  std::filesystem::create_symlink("../real", box.path("hop/real"));
  std::filesystem::create_symlink("../hop/real/config.toml", box.path("work/config.toml"));
  CHECK(read_trusted_file(box.path("work/config.toml"))->value() == "x");
  for (const char* folder : {"hop", "real", "work"}) {
    REQUIRE(::chmod(box.path(folder).c_str(), 0777) == 0);
    const auto read = read_trusted_file(box.path("work/config.toml"));
    REQUIRE(read.status() == Status::invalid_config);
    CHECK(read.error().message.rfind(box.path(folder) + ": ", 0) == 0);
    REQUIRE(::chmod(box.path(folder).c_str(), 0755) == 0);
  }
  std::filesystem::create_symlink("loop.toml", box.path("work/loop.toml"));
  CHECK(read_trusted_file(box.path("work/loop.toml")).status() == Status::invalid_config);
}

TEST_CASE("an ordinary home works: dotfiles behind links of one's own, paths with dots, folders that others may read") {
  Sandbox box;
  box.write("home/dotfiles/authhost/config.toml", "[profiles.p]\nendpoint = \"f\"\n", 0644);
  std::filesystem::create_directories(box.path("home/.config"));
  std::filesystem::create_directory_symlink("../dotfiles/authhost", box.path("home/.config/authhost"));
  for (const char* folder : {"", "home", "home/.config", "home/dotfiles", "home/dotfiles/authhost"}) {
    REQUIRE(::chmod(box.path(folder).c_str(), 0755) == 0);
  }
  const auto config = box.load();
  REQUIRE(config.ok());
  CHECK(config->files.size() == 1);
  CHECK(read_trusted_file(box.path("work/.././/home/../home/.config/authhost/config.toml")).ok());
}

TEST_CASE("a file that may not be read is refused, not taken for missing") {
  Sandbox box;
  const std::string file = box.write("work/a.toml", "x", 0000);
  for (const char* folder : {"", "work"}) REQUIRE(::chmod(box.path(folder).c_str(), 0755) == 0);
  CHECK(as_stranger([&] {
    const auto read = read_trusted_file(file);
    return read.status() == Status::invalid_config && read.error().message == file + ": Permission denied";
  }));
}

TEST_CASE("a file that is not there is no error") {
  Sandbox box;
  CHECK_FALSE(read_trusted_file(box.path("work/none"))->has_value());
  CHECK_FALSE(read_trusted_file(box.path("none/none"))->has_value());
  std::filesystem::create_symlink(box.path("gone"), box.path("work/dangling"));
  CHECK_FALSE(read_trusted_file(box.path("work/dangling"))->has_value());
}
