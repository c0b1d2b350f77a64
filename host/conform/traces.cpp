#include "conform/traces.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <malloc.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <clocale>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>

extern char** environ;
// Of a sanitizer's allocator, where there is one: the C library's own counts nothing then.
extern "C" __attribute__((weak)) std::size_t __sanitizer_get_current_allocated_bytes();  // NOLINT(bugprone-reserved-identifier)

namespace authhost::conform::traces {

namespace {

std::vector<std::string> names_in(const char* folder) {
  std::vector<std::string> out;
  DIR* const open = ::opendir(folder);
  if (open == nullptr) return out;
  const std::string own = std::to_string(::dirfd(open));
  while (const struct dirent* entry = ::readdir(open)) {
    if (entry->d_name[0] != '.' && entry->d_name != own) out.emplace_back(entry->d_name);
  }
  ::closedir(open);
  return out;
}

std::string read_file(const char* path) {
  std::string out;
  const int fd = ::open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return out;
  std::array<char, 4096> part{};
  for (ssize_t count = 0; (count = ::read(fd, part.data(), part.size())) > 0;) out.append(part.data(), static_cast<std::size_t>(count));
  ::close(fd);
  return out;
}

std::uint64_t number_after(const std::string& text, const char* name) {
  const auto at = text.find(name);
  return at == std::string::npos ? 0 : std::strtoull(text.c_str() + at + std::strlen(name), nullptr, 10);
}

// Their numbers, a blank after each.
std::string own_children() { return read_file(("/proc/self/task/" + std::to_string(::getpid()) + "/children").c_str()); }

}  // namespace

std::size_t threads() { return names_in("/proc/self/task").size(); }

std::map<int, std::string> descriptors() {
  std::map<int, std::string> out;
  for (const auto& name : names_in("/proc/self/fd")) {
    std::array<char, 512> target{};
    const auto size = ::readlink(("/proc/self/fd/" + name).c_str(), target.data(), target.size());
    out[std::atoi(name.c_str())] = std::string(target.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  }
  return out;
}

std::vector<std::string> signal_handlers() {
  std::vector<std::string> out;
  for (int number = 1; number < 65; ++number) {
    struct sigaction action = {};
    if (::sigaction(number, nullptr, &action) != 0) continue;
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%d %p %x", number, reinterpret_cast<void*>(action.sa_handler), static_cast<unsigned>(action.sa_flags));
    out.emplace_back(text.data());
  }
  return out;
}

std::vector<std::string> environment() {
  std::vector<std::string> out;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) out.emplace_back(*entry);
  std::sort(out.begin(), out.end());
  return out;
}

std::string working_directory() {
  std::array<char, 4096> path{};
  return ::getcwd(path.data(), path.size()) != nullptr ? path.data() : "";
}

std::string umask_and_locale() {
  const mode_t mask = ::umask(0);
  ::umask(mask);
  const char* const locale = std::setlocale(LC_ALL, nullptr);
  return "umask " + std::to_string(mask) + ", locale " + (locale != nullptr ? locale : "");
}

std::uint64_t reads_and_writes() {
  const auto text = read_file("/proc/self/io");
  return number_after(text, "syscr:") + number_after(text, "syscw:");
}

std::uint64_t allocated() {
  if (__sanitizer_get_current_allocated_bytes != nullptr) return __sanitizer_get_current_allocated_bytes();
  const auto info = ::mallinfo2();
  return info.uordblks + info.hblkhd;
}

std::size_t running_children(std::chrono::milliseconds patience) {
  const auto until = std::chrono::steady_clock::now() + patience;
  for (;;) {
    siginfo_t info = {};
    if (::waitid(P_ALL, 0, &info, WEXITED | WNOHANG) != 0) return 0;
    if (info.si_pid != 0) continue;
    if (std::chrono::steady_clock::now() >= until) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  const auto children = own_children();
  return static_cast<std::size_t>(std::count(children.begin(), children.end(), ' '));
}

std::size_t take_children() {
  std::size_t out = 0;
  for (;;) {
    siginfo_t info = {};
    if (::waitid(P_ALL, 0, &info, WEXITED | WNOHANG) != 0) return out;
    if (info.si_pid != 0) {
      ++out;
      continue;
    }
    // One that runs: its number is among our threads' children.
    const int pid = std::atoi(own_children().c_str());
    if (pid <= 0) return out + 1;
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    ++out;
  }
}

bool has_forked() {
  struct rusage usage = {};
  return ::getrusage(RUSAGE_CHILDREN, &usage) == 0 && usage.ru_maxrss > 0;
}

Output::Output() : file_(::memfd_create("conform", MFD_CLOEXEC)), out_(::fcntl(1, F_DUPFD_CLOEXEC, 3)), err_(::fcntl(2, F_DUPFD_CLOEXEC, 3)) {
  std::fflush(nullptr);
  ::dup2(file_, 1);
  ::dup2(file_, 2);
}

Output::~Output() {
  std::fflush(nullptr);
  ::dup2(out_, 1);
  ::dup2(err_, 2);
  for (const int fd : {file_, out_, err_}) ::close(fd);
}

std::string Output::text() {
  std::fflush(nullptr);
  std::string out(4096, '\0');
  const auto size = ::pread(file_, out.data(), out.size(), 0);
  out.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  return out;
}

}  // namespace authhost::conform::traces
