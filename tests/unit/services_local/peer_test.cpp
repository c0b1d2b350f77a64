// Whom the redirect listener listens to: state and port of a login can be read by every user of the machine.
#include "core/services/peer.hpp"

#include "attempt.hpp"

#include <sys/wait.h>

#include <cstring>

using namespace authhost;
using namespace authhost::testing_local;

namespace {

constexpr uid_t kStranger = 65'534;
const std::string kHeader =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";

TcpEnd v4(const char* address, std::uint16_t port) {
  struct sockaddr_storage storage {};
  struct sockaddr_in end {};
  end.sin_family = AF_INET;
  end.sin_port = htons(port);
  REQUIRE(::inet_pton(AF_INET, address, &end.sin_addr) == 1);
  std::memcpy(&storage, &end, sizeof end);
  return tcp_end(storage);
}

TcpEnd v6(const char* address, std::uint16_t port) {
  struct sockaddr_storage storage {};
  struct sockaddr_in6 end {};
  end.sin6_family = AF_INET6;
  end.sin6_port = htons(port);
  REQUIRE(::inet_pton(AF_INET6, address, &end.sin6_addr) == 1);
  std::memcpy(&storage, &end, sizeof end);
  return tcp_end(storage);
}

// As the kernel of a machine like this one writes the bytes of an address: words of the machine's own order.
std::string words(const TcpEnd& end, bool short_form) {
  std::string text;
  for (std::size_t at = short_form ? 12 : 0; at < 16; at += 4) {
    std::uint32_t word = 0;
    std::memcpy(&word, end.address.data() + at, 4);
    char hex[9];
    std::snprintf(hex, sizeof hex, "%08X", word);
    text += hex;
  }
  char port[6];
  std::snprintf(port, sizeof port, ":%04X", end.port);
  return text + port;
}

struct Row {
  TcpEnd local;
  TcpEnd remote;
  const char* state = "01";
  long long owner = 1000;
  unsigned long long inode = 77;
  bool tcp6 = false;

  [[nodiscard]] std::string text() const {
    return "   0: " + words(local, !tcp6) + " " + words(remote, !tcp6) + " " + state + " 00000000:00000000 00:00000000 00000000 " +
           std::to_string(owner) + "        0 " + std::to_string(inode) + " 1 0000000000000000 20 4 30 10 -1\n";
  }
};

// The end of a TCP connection of our own, and what the listener's side of it thinks of it.
struct Pair {
  Fd listening;
  Fd ours;
  Fd accepted;
};

Pair connected(int client_family, int server_family) {
  Pair pair;
  pair.listening = Fd(::socket(server_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  struct sockaddr_in6 any {};
  auto* address = reinterpret_cast<struct sockaddr*>(&any);
  any.sin6_family = static_cast<sa_family_t>(server_family);
  if (server_family == AF_INET) {
    reinterpret_cast<struct sockaddr_in*>(&any)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  } else {
    any.sin6_addr = in6addr_loopback;
  }
  socklen_t size = server_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof any;
  REQUIRE(::bind(pair.listening.get(), address, size) == 0);
  REQUIRE(::listen(pair.listening.get(), 4) == 0);
  REQUIRE(::getsockname(pair.listening.get(), address, &size) == 0);
  if (client_family != server_family) {  // an IPv6 socket to an IPv4 address
    struct sockaddr_in6 mapped {};
    mapped.sin6_family = AF_INET6;
    mapped.sin6_port = any.sin6_port;
    REQUIRE(::inet_pton(AF_INET6, "::ffff:127.0.0.1", &mapped.sin6_addr) == 1);
    any = mapped;
    size = sizeof any;
  }
  pair.ours = Fd(::socket(client_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  REQUIRE(::connect(pair.ours.get(), address, size) == 0);
  pair.accepted = Fd(::accept4(pair.listening.get(), nullptr, nullptr, SOCK_CLOEXEC));
  REQUIRE(pair.accepted);
  return pair;
}

// A process of another user that makes one request when it is told to. Made before there are threads.
class Stranger {
 public:
  Stranger() {
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
    child_ = ::fork();
    REQUIRE(child_ >= 0);
    if (child_ == 0) {
      ::close(ends[0]);
      serve(ends[1]);
    }
    ::close(ends[1]);
    line_ = Fd(ends[0]);
  }
  Stranger(const Stranger&) = delete;
  Stranger& operator=(const Stranger&) = delete;
  ~Stranger() {
    line_.reset();
    ::waitpid(child_, nullptr, 0);
  }

  // What the listener answers.
  [[nodiscard]] std::string ask(int port, const std::string& request) const {
    const auto order = std::to_string(port) + " " + request;
    REQUIRE(::send(line_.get(), order.data(), order.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(order.size()));
    char answer[16'384];
    const auto size = ::recv(line_.get(), answer, sizeof answer, 0);
    REQUIRE(size > 0);
    return {answer, static_cast<std::size_t>(size)};
  }

 private:
  [[noreturn]] static void serve(int line) {
    if (::setgid(kStranger) != 0 || ::setuid(kStranger) != 0) ::_exit(2);
    char order[4096];
    for (ssize_t size = 0; (size = ::recv(line, order, sizeof order, 0)) > 0;) {
      const std::string text(order, static_cast<std::size_t>(size));
      const auto space = text.find(' ');
      const auto fd = connect_to(std::stoi(text.substr(0, space)));
      if (!fd) ::_exit(3);
      send_all(fd, text.substr(space + 1));
      const auto answer = read_all(fd);
      if (::send(line, answer.data(), answer.size(), MSG_NOSIGNAL) < 0) ::_exit(4);
    }
    ::_exit(0);
  }

  pid_t child_ = -1;
  Fd line_;
};

}  // namespace

TEST_CASE("another user of the machine who knows the state can neither end nor answer a login") {
  const std::string state = std::string("&state=") + kState;
  if (::geteuid() != 0) {  // only root can be somebody else; without it the table's text has to do
    const auto self = v4("127.0.0.1", 8080);
    const auto peer = v4("127.0.0.1", 40'000);
    CHECK(peer_owner(kHeader + Row{peer, self, "01", static_cast<long long>(::geteuid()) + 1}.text(), peer, self, ::geteuid()) ==
          PeerOwner::foreign);
    return;
  }
  const Stranger stranger;
  Attempt attempt({}, {kState, kIssuer, false});
  for (const std::string& query : {"error=access_denied&error_description=Call+the+thief" + state, "code=stolen" + state,
                                   "code=stolen&iss=https%3A%2F%2Fevil.example" + state, std::string("code=guess&state=wrong")}) {
    INFO(query);
    const auto answer = stranger.ask(attempt.port(), attempt.request(attempt.path() + "?" + query));
    CHECK(status_of(answer) == 403);
    CHECK(answer.find("another user") != std::string::npos);
  }
  attempt.completes();
}

TEST_CASE("a peer that is this user's, or root's, is taken, over either family") {
  for (const auto& [client, server] : {std::pair(AF_INET, AF_INET), std::pair(AF_INET6, AF_INET6), std::pair(AF_INET6, AF_INET)}) {
    INFO(client << " to " << server);
    auto pair = connected(client, server);
    CHECK(peer_is_ours(pair.accepted.get()));
    REQUIRE(::shutdown(pair.ours.get(), SHUT_WR) == 0);  // it has said all, and still waits for the answer
    CHECK(peer_is_ours(pair.accepted.get()));
  }
}

TEST_CASE("a peer that sends and closes at once is nobody's, though the kernel then calls it root's") {
  auto pair = connected(AF_INET, AF_INET);
  send_all(pair.ours, "GET / HTTP/1.1\r\n\r\n");
  pair.ours.reset();
  CHECK_FALSE(peer_is_ours(pair.accepted.get()));
}

TEST_CASE("the table of connections is read for exactly the one connection") {
  const auto self = v4("127.0.0.1", 8080);
  const auto peer = v4("127.0.0.1", 40'000);
  const auto owner = [&](const std::string& rows) { return peer_owner(kHeader + rows, peer, self, 1000); };
  CHECK(owner("") == PeerOwner::unknown);
  CHECK(owner(Row{peer, self}.text()) == PeerOwner::ours);
  CHECK(owner(Row{peer, self, "04"}.text()) == PeerOwner::ours);
  CHECK(owner(Row{peer, self, "05", 0}.text()) == PeerOwner::ours);  // root
  CHECK(owner(Row{peer, self, "01", 1001}.text()) == PeerOwner::foreign);
  CHECK(owner(Row{peer, self, "01", 4'294'967'295}.text()) == PeerOwner::foreign);
  // Without an inode: closed, and so root's by name only.
  CHECK(owner(Row{peer, self, "01", 0, 0}.text()) == PeerOwner::foreign);
  CHECK(owner(Row{peer, self, "05", 1000, 0}.text()) == PeerOwner::foreign);
  // Others' rows, the other direction of our own, a listener, one that is only being opened, one that is over.
  CHECK(owner(Row{self, peer}.text()) == PeerOwner::unknown);
  CHECK(owner(Row{peer, v4("127.0.0.1", 8081)}.text()) == PeerOwner::unknown);
  CHECK(owner(Row{v4("127.0.0.2", 40'000), self}.text()) == PeerOwner::unknown);
  CHECK(owner(Row{v4("127.0.0.1", 40'001), self}.text()) == PeerOwner::unknown);
  for (const char* state : {"02", "03", "06", "07", "0A"}) CHECK(owner(Row{peer, self, state}.text()) == PeerOwner::unknown);
  // In between, and twice.
  CHECK(owner(Row{self, peer, "01", 1001}.text() + Row{peer, self}.text() + Row{peer, v4("10.0.0.1", 443), "01", 7}.text()) ==
        PeerOwner::ours);
  CHECK(owner(Row{peer, self}.text() + Row{peer, self, "01", 1001}.text()) == PeerOwner::foreign);
  const auto text = Row{peer, self}.text();
  CHECK(owner(text.substr(0, text.size() - 1)) == PeerOwner::ours);  // no last line break
}

TEST_CASE("the table of IPv6 connections is read too, mapped IPv4 addresses included") {
  const auto self = v6("::1", 8080);
  const auto peer = v6("::1", 40'000);
  CHECK(peer_owner(kHeader + Row{peer, self, "01", 1000, 77, true}.text(), peer, self, 1000) == PeerOwner::ours);
  CHECK(peer_owner(kHeader + Row{peer, self, "01", 7, 77, true}.text(), peer, self, 1000) == PeerOwner::foreign);
  const auto mapped = v6("::ffff:127.0.0.1", 40'000);
  const auto plain = v4("127.0.0.1", 8080);
  CHECK(peer_owner(kHeader + Row{mapped, plain, "01", 7, 77, true}.text(), v4("127.0.0.1", 40'000), plain, 1000) == PeerOwner::foreign);
  CHECK(peer_owner(kHeader + Row{mapped, plain, "01", 1000, 77, true}.text(), v4("127.0.0.1", 40'000), plain, 1000) == PeerOwner::ours);
}

TEST_CASE("a table that is not one says nothing, and a row that breaks off is no reason to trust") {
  const auto self = v4("127.0.0.1", 8080);
  const auto peer = v4("127.0.0.1", 40'000);
  const auto row = Row{peer, self}.text();
  const auto inode = row.find(" 77 ") + 1;
  for (std::size_t size = 0; size < inode; ++size) {
    INFO(row.substr(0, size));
    CHECK(peer_owner(row.substr(0, size), peer, self, 1000) != PeerOwner::ours);
  }
  for (const char* text : {"\n\n\n", "0: :", "0: 0100007F:", "0: ZZ00007F:9C40 0100007F:1F90 01", "0: 0100007F:9C40:1 x 01"}) {
    CHECK(peer_owner(text, peer, self, 1000) == PeerOwner::unknown);
  }
}
