#include "core/keyring/safe_file.hpp"

#include "scratch.hpp"

#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <ctime>

using namespace authhost;
using namespace authhost::keyring;
namespace fs = std::filesystem;

namespace {

PrivateFolder open_folder(const std::string& path) {
  auto folder = PrivateFolder::open(path, true);
  if (!folder) FAIL(folder.error().message);
  return std::move(**folder);
}

void check_refused(const std::string& path, const std::string& why) {
  for (const bool create : {false, true}) {
    const auto folder = PrivateFolder::open(path, create);
    REQUIRE(folder.status() == Status::store_failed);
    CHECK_THAT(folder.error().message, Catch::Contains(why));
    CHECK(!folder.error().hint.empty());
  }
}

}  // namespace

TEST_CASE("O74 folders are 0700 and files 0600 whatever the umask") {
  for (const mode_t mask : {mode_t{0}, mode_t{022}, mode_t{077}, mode_t{0777}}) {
    const Scratch scratch;
    const Umask umask(mask);
    const auto folder = open_folder(scratch / "one/two/three");
    REQUIRE(folder.write("item", "content").ok());
    REQUIRE(*folder.write_new("new", "content"));
    const auto lock = KeyLock::acquire(folder, "lock", {});
    REQUIRE(lock.ok());
    for (const char* made : {"one", "one/two", "one/two/three"}) CHECK(mode_of(scratch / made) == 0700);
    for (const char* made : {"item", "new", "lock"}) CHECK(mode_of(scratch / "one/two/three/" + made) == 0600);
  }
}

TEST_CASE("what could not be read again is not written, and what was there stays") {
  const Scratch scratch;
  const auto folder = open_folder(scratch / "f");
  REQUIRE(folder.write("item", "old").ok());
  const auto refused = folder.write("item", std::string(kMaxFile + 1, 'x'));
  REQUIRE(refused.status() == Status::store_failed);
  CHECK_THAT(refused.error().message, Catch::Contains("refusing to write"));
  CHECK((*folder.read("item"))->reveal() == "old");
  REQUIRE(folder.write("item", std::string(kMaxFile, 'x')).ok());
  CHECK((*folder.read("item"))->size() == kMaxFile);
}

TEST_CASE("O74 what was written is read back, and a name that is not there is none") {
  const Scratch scratch;
  const auto folder = open_folder(scratch / "f");
  REQUIRE(folder.write("item", "old").ok());
  REQUIRE(folder.write("item", std::string(100'000, 'x')).ok());
  CHECK((*folder.read("item"))->size() == 100'000);
  CHECK(!folder.read("other")->has_value());
  CHECK(entries(scratch / "f") == 1);
  REQUIRE(folder.remove("item").ok());
  REQUIRE(folder.remove("item").ok());
  CHECK(entries(scratch / "f") == 0);
  CHECK(folder.read("item", 10).ok());
  REQUIRE(folder.write("item", "12345678901").ok());
  CHECK_THAT(folder.read("item", 10).error().message, Catch::Contains("larger than 10 bytes"));
}

TEST_CASE("O74 looking at a folder that is not there creates nothing") {
  const Scratch scratch;
  const auto folder = PrivateFolder::open(scratch / "a/b", false);
  REQUIRE(folder.ok());
  CHECK(!folder->has_value());
  CHECK(entries(scratch.path()) == 0);
}

TEST_CASE("O74 a name cannot leave the folder") {
  const Scratch scratch;
  const auto folder = open_folder(scratch / "f");
  for (const char* name : {"", ".", "..", "../x", "/etc/passwd", "a/b"}) {
    CHECK(!folder.write(name, "x").ok());
    CHECK(!folder.read(name).ok());
    CHECK(!folder.remove(name).ok());
  }
  CHECK(!PrivateFolder::open("relative/path", true).ok());
  CHECK(!PrivateFolder::open("", true).ok());
}

TEST_CASE("O74 a folder that others may write is refused and gets nothing written") {
  for (const mode_t mode : {mode_t{0770}, mode_t{0707}, mode_t{0777}, mode_t{01777}, mode_t{0720}}) {
    const Scratch scratch;
    fs::create_directory(scratch / "f");
    ::chmod((scratch / "f").c_str(), mode);
    check_refused(scratch / "f", "others may write");
    CHECK(entries(scratch / "f") == 0);
    CHECK(mode_of(scratch / "f") == mode);
  }
}

TEST_CASE("O74 a folder of ours that others may only read is made private") {
  const Scratch scratch;
  fs::create_directory(scratch / "f");
  ::chmod((scratch / "f").c_str(), 0755);
  open_folder(scratch / "f");
  CHECK(mode_of(scratch / "f") == 0700);
}

TEST_CASE("O74 a parent that others may write is refused before anything is made in it") {
  const Scratch scratch;
  fs::create_directories(scratch / "home/state");
  ::chmod((scratch / "home").c_str(), 0777);
  check_refused(scratch / "home/state/authhost", "others may write");
  CHECK(entries(scratch / "home/state") == 0);
  ::chmod((scratch / "home").c_str(), 0775);
  check_refused(scratch / "home/new/authhost", "others may write");
  CHECK(entries(scratch / "home") == 1);
}

TEST_CASE("O74 a folder, a parent or a file of another owner is refused") {
  const Scratch scratch;
  const auto folder = open_folder(scratch / "home/f");
  spill(scratch / "home/f/item", "planted");
  if (!give_away(scratch / "home/f/item")) {
    // Without the right to give files away there is one foreign folder on every machine: root's.
    check_refused("/etc", "another user");
    return;
  }
  CHECK_THAT(folder.read("item").error().message, Catch::Contains("another user"));
  CHECK_THAT(folder.write("item", "x").error().message, Catch::Contains("another user"));
  CHECK(slurp(scratch / "home/f/item") == "planted");
  CHECK_THAT(KeyLock::acquire(folder, "item", {}).error().message, Catch::Contains("private file of yours"));
  REQUIRE(give_away(scratch / "home/f"));
  check_refused(scratch / "home/f", "another user");
  REQUIRE(::chown((scratch / "home/f").c_str(), ::geteuid(), ::getegid()) == 0);
  REQUIRE(give_away(scratch / "home"));
  check_refused(scratch / "home/f", "another user");
}

TEST_CASE("O74 the folder itself is no symbolic link, its parents may be links of ours") {
  const Scratch scratch;
  fs::create_directory(scratch / "real");
  fs::create_directory_symlink(scratch / "real", scratch / "absolute");
  fs::create_directory_symlink("real/../absolute", scratch / "relative");
  fs::create_directory_symlink("loop", scratch / "loop");
  check_refused(scratch / "absolute", "symbolic link");
  check_refused(scratch / "loop/f", "symbolic links");
  open_folder(scratch / "relative/f");
  CHECK(mode_of(scratch / "real/f") == 0700);
  if (give_away(scratch / "absolute")) check_refused(scratch / "absolute/f", "another user");
}

TEST_CASE("O74 links, fifos and folders in place of a file are refused and left alone") {
  const Scratch scratch;
  const auto folder = open_folder(scratch / "f");
  spill(scratch / "victim", "precious");
  fs::create_symlink(scratch / "victim", scratch / "f/link");
  fs::create_symlink(scratch / "nowhere", scratch / "f/dangling");
  fs::create_hard_link(scratch / "victim", scratch / "f/twin");
  fs::create_directory(scratch / "f/folder");
  REQUIRE(::mkfifo((scratch / "f/fifo").c_str(), 0600) == 0);
  for (const char* name : {"link", "dangling", "folder", "fifo"}) {
    CHECK(folder.read(name).status() == Status::store_failed);
    CHECK(folder.write(name, "x").status() == Status::store_failed);
    CHECK(KeyLock::acquire(folder, name, {}).status() == Status::store_failed);
    if (std::string(name) != "folder") CHECK(*folder.write_new(name, "x") == false);
  }
  CHECK_THAT(folder.read("twin").error().message, Catch::Contains("hard link"));
  CHECK(KeyLock::acquire(folder, "twin", {}).status() == Status::store_failed);
  REQUIRE(folder.write("twin", "x").ok());  // a file of its own from now on
  CHECK(slurp(scratch / "victim") == "precious");
  CHECK(!fs::exists(scratch / "nowhere"));
}

TEST_CASE("O74 a file that others may read or write is refused with a sentence") {
  const Scratch scratch;
  const auto folder = open_folder(scratch / "f");
  for (const mode_t mode : {mode_t{0604}, mode_t{0640}, mode_t{0620}, mode_t{0666}, mode_t{0601}}) {
    spill(scratch / "f/item", "secret", mode);
    const auto read = folder.read("item");
    REQUIRE(read.status() == Status::store_failed);
    CHECK_THAT(read.error().message, Catch::Contains("others may read or write it"));
    CHECK_THAT(read.error().hint, Catch::Contains("chmod 600"));
  }
}

TEST_CASE("O74 a write that does not fit leaves the old content, no leftovers and a reason") {
  const Scratch scratch;
  const auto folder = open_folder(scratch / "f");
  REQUIRE(folder.write("item", "old").ok());
  const int status = reap(spawn([&] {
    ::signal(SIGXFSZ, SIG_IGN);
    const struct rlimit limit {1024, 1024};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    const auto written = folder.write("item", std::string(4096, 'x'));
    if (written.status() != Status::store_failed) return 1;
    return written.error().hint.find("ulimit -f") == std::string::npos ? 2 : 0;
  }));
  CHECK(status == 0);
  CHECK(slurp(scratch / "f/item") == "old");
  CHECK(entries(scratch / "f") == 1);
}

TEST_CASE("O74 every cause of a failed write names the path, the cause and what to do") {
  for (const int cause : {ENOSPC, EDQUOT, EFBIG, EROFS, EACCES, EPERM, EMFILE, EIO}) {
    const auto error = store_error("cannot write", "/state/item", cause);
    CHECK(error.status == Status::store_failed);
    CHECK_THAT(error.message, Catch::Contains("cannot write /state/item: ") && Catch::Contains(std::strerror(cause)));
    CHECK(!error.hint.empty());
  }
}

TEST_CASE("O74 what a killed writer left behind is removed later, what is young is left alone") {
  const Scratch scratch;
  const auto folder = open_folder(scratch / "f");
  spill(scratch / "f/.tmp-old", "half a sec");
  spill(scratch / "f/.tmp-young", "at work");
  const std::time_t long_ago = std::time(nullptr) - 86'400;
  const struct timespec times[2] = {{long_ago, 0}, {long_ago, 0}};
  REQUIRE(::utimensat(AT_FDCWD, (scratch / "f/.tmp-old").c_str(), times, 0) == 0);
  REQUIRE(folder.write("item", "x").ok());
  CHECK(!fs::exists(scratch / "f/.tmp-old"));
  CHECK(fs::exists(scratch / "f/.tmp-young"));
}

TEST_CASE("O74 a writer killed at any instant leaves the old content or the new, never a mix") {
  const Scratch scratch;
  const auto folder = open_folder(scratch / "f");
  const std::string contents[2] = {std::string(50'000, 'a'), std::string(70'000, 'b')};
  REQUIRE(folder.write("item", contents[0]).ok());
  for (int round = 0; round < 30; ++round) {
    const pid_t writer = spawn([&] {
      for (int i = 0;; ++i) {
        if (!folder.write("item", contents[i % 2]).ok()) return 1;
      }
    });
    for (int look = 0; look < 1 + round * 3; ++look) {
      const auto read = folder.read("item");
      REQUIRE(read.ok());
      const auto bytes = (*read)->reveal();
      REQUIRE((bytes == contents[0] || bytes == contents[1]));
    }
    ::kill(writer, SIGKILL);
    CHECK(reap(writer) == -SIGKILL);
  }
}

TEST_CASE("O74 a named key file is refused if others may reach it, and root's is as good as ours") {
  const Scratch scratch;
  spill(scratch / "key", "0123456789");
  CHECK(read_private_file(scratch / "key")->reveal() == "0123456789");
  CHECK_THAT(read_private_file(scratch / "none").error().message, Catch::Contains("No such file"));
  CHECK(!read_private_file("key").ok());
  CHECK(!read_private_file(scratch.path() + "/").ok());
  ::chmod((scratch / "key").c_str(), 0640);
  CHECK_THAT(read_private_file(scratch / "key").error().message, Catch::Contains("others may read"));
  ::chmod((scratch / "key").c_str(), 0600);
  ::chmod(scratch.path().c_str(), 0777);
  CHECK_THAT(read_private_file(scratch / "key").error().message, Catch::Contains("others may write"));
}
