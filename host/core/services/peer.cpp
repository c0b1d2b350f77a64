#include "core/services/peer.hpp"

#include "core/services/fd.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>
#include <string>

namespace authhost {
namespace {

constexpr int kLooks = 3;  // the kernel writes the table page by page: a row can slip through while others go
constexpr std::size_t kTableLimit = 64u << 20;

// The next word of a line; empty at its end.
std::string_view next_word(std::string_view& line) {
  const auto begin = std::min(line.find_first_not_of(' '), line.size());
  line.remove_prefix(begin);
  const auto word = line.substr(0, line.find(' '));
  line.remove_prefix(word.size());
  return word;
}

template <class Number>
bool parse(std::string_view text, int base, Number& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out, base);
  return error == std::errc() && end == text.data() + text.size();
}

// "0100007F:1F90": the address as 32-bit words that stand in memory as on the wire, the port as a number.
std::optional<TcpEnd> parse_end(std::string_view text) {
  const auto colon = text.find(':');
  if (colon != 8 && colon != 32) return std::nullopt;
  TcpEnd end;
  if (!parse(text.substr(colon + 1), 16, end.port)) return std::nullopt;
  auto* bytes = end.address.data();
  if (colon == 8) {
    bytes[10] = bytes[11] = 0xff;
    bytes += 12;
  }
  for (std::size_t at = 0; at < colon; at += 8, bytes += 4) {
    std::uint32_t word = 0;
    if (!parse(text.substr(at, 8), 16, word)) return std::nullopt;
    std::memcpy(bytes, &word, sizeof word);
  }
  return end;
}

bool same(const TcpEnd& a, const TcpEnd& b) { return a.port == b.port && a.address == b.address; }

// ESTABLISHED, FIN_WAIT1, FIN_WAIT2: what a socket is in that has sent us something. One that only now asks for a
// connection between these ends is another one.
bool has_spoken(std::string_view state) { return state == "01" || state == "04" || state == "05"; }

enum class Table { read, absent, failed };

Table read_table(const char* path, std::string& out) {
  const Fd fd(::open(path, O_RDONLY | O_CLOEXEC));
  // Only where there is no table for us: running out of descriptors, which others can bring about, is no reason to trust.
  if (!fd) return errno == ENOENT || errno == EACCES || errno == EPERM ? Table::absent : Table::failed;
  out.clear();
  char bytes[16 * 1024];
  while (out.size() < kTableLimit) {
    const auto count = ::read(fd.get(), bytes, sizeof bytes);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Table::failed;
    if (count == 0) return Table::read;
    out.append(bytes, static_cast<std::size_t>(count));
  }
  return Table::failed;
}

}  // namespace

TcpEnd tcp_end(const struct sockaddr_storage& address) {
  TcpEnd end;
  if (address.ss_family == AF_INET) {
    struct sockaddr_in v4 {};
    std::memcpy(&v4, &address, sizeof v4);
    end.address[10] = end.address[11] = 0xff;
    std::memcpy(end.address.data() + 12, &v4.sin_addr, 4);
    end.port = ntohs(v4.sin_port);
  } else if (address.ss_family == AF_INET6) {
    struct sockaddr_in6 v6 {};
    std::memcpy(&v6, &address, sizeof v6);
    std::memcpy(end.address.data(), &v6.sin6_addr, 16);
    end.port = ntohs(v6.sin6_port);
  }
  return end;
}

PeerOwner peer_owner(std::string_view table, const TcpEnd& peer, const TcpEnd& self, uid_t user) {
  auto found = PeerOwner::unknown;
  for (std::size_t begin = 0; begin < table.size();) {
    const auto end = std::min(table.find('\n', begin), table.size());
    auto line = table.substr(begin, end - begin);
    begin = end + 1;
    next_word(line);  // the row's number
    const auto local = parse_end(next_word(line));
    if (!local || !same(*local, peer)) continue;
    const auto remote = parse_end(next_word(line));
    if (!remote || !same(*remote, self)) continue;
    if (!has_spoken(next_word(line))) continue;
    for (int passed = 0; passed < 3; ++passed) next_word(line);  // queues, timer, retransmissions
    uid_t owner = 0;
    std::uint64_t inode = 0;
    const bool owner_is_said = parse(next_word(line), 10, owner);
    next_word(line);  // time-out
    if (!owner_is_said || !parse(next_word(line), 10, inode) || inode == 0 || (owner != user && owner != 0)) return PeerOwner::foreign;
    found = PeerOwner::ours;
  }
  return found;
}

bool peer_is_ours(int socket) {
  struct sockaddr_storage peer {};
  struct sockaddr_storage self {};
  socklen_t peer_size = sizeof peer;
  socklen_t self_size = sizeof self;
  if (::getpeername(socket, reinterpret_cast<struct sockaddr*>(&peer), &peer_size) != 0 ||
      ::getsockname(socket, reinterpret_cast<struct sockaddr*>(&self), &self_size) != 0) {
    return false;  // it is gone
  }
  std::string text;
  bool absent = true;
  for (int look = 0; look < kLooks; ++look) {
    absent = true;
    // Both, whatever our own family is: a program may reach an IPv4 address through an IPv6 socket.
    for (const char* path : {"/proc/net/tcp", "/proc/net/tcp6"}) {
      const auto table = read_table(path, text);
      if (table != Table::absent) absent = false;
      if (table != Table::read) continue;
      const auto owner = peer_owner(text, tcp_end(peer), tcp_end(self), ::geteuid());
      if (owner != PeerOwner::unknown) return owner == PeerOwner::ours;
    }
    if (absent) break;
  }
  return absent;
}

}  // namespace authhost
