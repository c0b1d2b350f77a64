// Who is on the other side of a TCP connection within this machine.
#pragma once

#include <netinet/in.h>
#include <sys/types.h>

#include <array>
#include <cstdint>
#include <string_view>

namespace authhost {

// One end of a connection; IPv4 in its mapped form (RFC 4291, section 2.5.5.2), so that both families compare.
struct TcpEnd {
  std::array<unsigned char, 16> address{};
  std::uint16_t port = 0;
};

TcpEnd tcp_end(const struct sockaddr_storage& address);

enum class PeerOwner {
  unknown,  // no row says
  ours,     // every row that says: `user` or root
  foreign,  // a row says: somebody else, or nobody any more
};

// Reads the text of /proc/net/tcp or /proc/net/tcp6 for the socket at `peer` that is connected to `self`. Pure. A socket
// without an inode has lost its process, and the kernel then shows root as its user whoever it was: it counts as foreign.
PeerOwner peer_owner(std::string_view table, const TcpEnd& peer, const TcpEnd& self, uid_t user);

// Whether the connected socket leads to a process of the effective user or of root. Also true where the system has no such
// table to read; false if it has one and the peer is not in it. Never blocks.
bool peer_is_ours(int socket);

}  // namespace authhost
