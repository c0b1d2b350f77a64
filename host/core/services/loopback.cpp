#include "core/services/loopback.hpp"

#include "core/services/crypto.hpp"
#include "core/services/fd.hpp"
#include "core/services/loopback_connection.hpp"
#include "core/services/loopback_page.hpp"
#include "core/services/peer.hpp"
#include "core/services/redact.hpp"
#include "core/services/redirect_uri.hpp"

#include <authhost/secret.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <utility>
#include <vector>

namespace authhost {
namespace {

constexpr std::size_t kConnections = 16;
constexpr Milliseconds kConnectionTime{5000};
constexpr std::size_t kValueLimit = 4096;  // of `code` and `state`
constexpr int kPortTries = 16;
constexpr int kLastEvents = 256;

struct Port {
  std::vector<Fd> sockets;
  int number = 0;
  bool v4 = false;  // whether 127.0.0.1 is among them
};

// 0, or an errno.
int bind_one(int family, int port, Fd& out, int& bound) {
  Fd fd(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return errno;
  const int on = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);  // over the last login's TIME_WAIT; never over a listener
  struct sockaddr_in v4 {};
  struct sockaddr_in6 v6 {};
  v4.sin_family = AF_INET;
  v4.sin_port = htons(static_cast<std::uint16_t>(port));
  v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  v6.sin6_family = AF_INET6;
  v6.sin6_port = v4.sin_port;
  v6.sin6_addr = in6addr_loopback;
  if (family == AF_INET6) ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  auto* address = family == AF_INET ? reinterpret_cast<struct sockaddr*>(&v4) : reinterpret_cast<struct sockaddr*>(&v6);
  socklen_t size = family == AF_INET ? sizeof v4 : sizeof v6;
  if (::bind(fd.get(), address, size) != 0 || ::listen(fd.get(), 32) != 0) return errno;
  if (::getsockname(fd.get(), address, &size) != 0) return errno;
  bound = ntohs(family == AF_INET ? v4.sin_port : v6.sin6_port);
  out = std::move(fd);
  return 0;
}

bool family_is_absent(int error) { return error == EAFNOSUPPORT || error == EADDRNOTAVAIL; }

Error port_failure(int port, int error, bool configured) {
  if (error == EADDRINUSE) {
    return {Status::unavailable, "port " + std::to_string(port) + " on this machine is taken by another program",
            configured ? "end that program, or change the port in redirect_uri (and at the identity provider)"
                       : "end that program, or change the setting redirect_port (0 takes any free port)"};
  }
  if (error == EACCES) {
    return {Status::unavailable, "port " + std::to_string(port) + " on this machine may not be opened: " + std::strerror(error),
            "choose a port above 1023"};
  }
  return {Status::unavailable, std::string("no port for the redirect can be opened: ") + std::strerror(error), ""};
}

// One port on every family asked for. A family that the machine does not have is left out; one where somebody else
// listens is not: he would get the code.
Result<Port> bind_port(int wanted, bool v4, bool v6, bool configured) {
  for (int attempt = 0;; ++attempt) {
    Port port;
    port.number = wanted;
    int error = EAFNOSUPPORT;
    for (const int family : {AF_INET, AF_INET6}) {
      if (!(family == AF_INET ? v4 : v6)) continue;
      Fd socket;
      const int failed = bind_one(family, port.number, socket, port.number);
      if (failed == 0) {
        port.sockets.push_back(std::move(socket));
        port.v4 = port.v4 || family == AF_INET;
      } else if (!family_is_absent(failed)) {
        error = failed;
        port.sockets.clear();
        break;
      }
    }
    if (!port.sockets.empty()) return port;
    if (wanted != 0 || error != EADDRINUSE || attempt >= kPortTries) return port_failure(port.number, error, configured);
  }
}

bool printable(std::string_view text) {
  return !text.empty() && text.size() <= kValueLimit &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) { return c >= 0x20 && c < 0x7f; });
}

class Listener final : public LoopbackListener {
 public:
  Listener(Port port, RedirectUri uri, Fd events) : port_(std::move(port)), uri_(std::move(uri)), events_(std::move(events)) {
    for (const auto& socket : port_.sockets) watch(socket.get());
    for (const std::string host : {"127.0.0.1", "[::1]", "localhost"}) {
      if (host == "localhost" && uri_.host != host) continue;  // a name can be made to point here by others
      hosts_.push_back(host + ":" + std::to_string(port_.number));
      if (port_.number == 80) hosts_.push_back(host);
    }
  }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener() override { finish({false, "Login did not complete", "The login ended before it was done."}); }

  [[nodiscard]] std::string redirect_uri() const override { return uri_.text(); }

  Result<LoopbackResult> wait(const LoopbackExpect& expect, const Call& call) override {
    if (expect.state.empty() || outcome_) {
      return Error{Status::internal, "a redirect listener serves one attempt, with a state", ""};
    }
    while (!outcome_) {
      const auto now = call.clock->monotonic();
      std::erase_if(connections_, [&](const auto& entry) { return entry.second->until() <= now; });
      auto pause = Milliseconds::max();
      for (const auto& [fd, connection] : connections_) {
        pause = std::min(pause, std::chrono::ceil<Milliseconds>(connection->until() - now));
      }
      AUTHHOST_CHECK(call.wait_fd(events_.get(), POLLIN, pause));
      step(&expect, call.clock->monotonic());
    }
    return std::move(*outcome_);
  }

  void finish(const LoopbackOutcome& outcome) override {
    if (!held_) return;
    held_->answer(loopback_answer({outcome.success ? 200 : 400, outcome.success, outcome.title, outcome.detail}));
    held_.reset();
    // Whoever came meanwhile is told that it is over; nobody is waited for, and who never stops sending does not keep us.
    for (int events = 0; events < kLastEvents && step(nullptr, Monotonic::max()); ++events) {
    }
  }

 private:
  void watch(int fd) {
    struct epoll_event event {};
    event.events = EPOLLIN;
    event.data.fd = fd;
    ::epoll_ctl(events_.get(), EPOLL_CTL_ADD, fd, &event);
  }

  // One event, without waiting. false: there is none.
  bool step(const LoopbackExpect* expect, Monotonic now) {
    struct epoll_event event {};
    if (::epoll_wait(events_.get(), &event, 1, 0) != 1) return false;
    const int fd = event.data.fd;
    const auto found = connections_.find(fd);
    if (found == connections_.end()) {
      welcome(fd, now);
      return true;
    }
    LoopbackRequest request;
    switch (found->second->read(request)) {
      case LoopbackConnection::Progress::more: break;
      case LoopbackConnection::Progress::gone: connections_.erase(found); break;
      case LoopbackConnection::Progress::bad: refuse(*found->second, 400, "this is not a request that a browser makes"); break;
      case LoopbackConnection::Progress::too_large: refuse(*found->second, 431, "the request is too large"); break;
      case LoopbackConnection::Progress::request: handle(found, request, expect); break;
    }
    wipe(request.query);
    return true;
  }

  void welcome(int listening, Monotonic now) {
    Fd socket(::accept4(listening, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!socket) return;
    if (connections_.size() >= kConnections) {
      // Those who keep us waiting make room: the real browser sends its request at once.
      connections_.erase(std::min_element(connections_.begin(), connections_.end(), [](const auto& a, const auto& b) {
        return std::pair(!a.second->answered(), a.second->number()) < std::pair(!b.second->answered(), b.second->number());
      }));
    }
    const int fd = socket.get();
    const auto until = now == Monotonic::max() ? now : now + kConnectionTime;
    connections_.emplace(fd, std::make_unique<LoopbackConnection>(std::move(socket), until, ++count_));
    watch(fd);
  }

  static void refuse(LoopbackConnection& connection, int status, std::string_view why) {
    const auto detail = "The request was turned away: " + std::string(why) + ".";
    connection.answer(loopback_answer({status, false, "Not the answer to this login", detail}));
  }

  using Connections = std::map<int, std::unique_ptr<LoopbackConnection>>;

  void handle(Connections::iterator at, const LoopbackRequest& request, const LoopbackExpect* expect) {
    auto& connection = *at->second;
    const auto named = [&](const std::string& host) { return ::strcasecmp(host.c_str(), request.host.c_str()) == 0; };
    if (request.host.empty()) return refuse(connection, 400, "the request names no host");
    if (std::none_of(hosts_.begin(), hosts_.end(), named)) return refuse(connection, 421, "the request was meant for another host");
    if (request.path != uri_.path) {
      if (request.path == "/favicon.ico") return connection.answer(loopback_answer(204));
      return refuse(connection, 404, "there is nothing at this address");
    }
    if (request.method != "GET") return connection.answer(loopback_answer(405));
    if (request.prefetch) return connection.answer(loopback_answer(503));
    if (outcome_ || expect == nullptr) return refuse(connection, 409, "this login was already answered once");
    // State, port and challenge stand in the arguments of the browser, where every user of the machine can read them.
    if (!peer_is_ours(connection.fd())) return refuse(connection, 403, "it comes from another user of this machine");
    auto parameters = parse_query(request.query);
    if (!parameters) return refuse(connection, 400, "a parameter is repeated or broken");
    judge(at, *parameters, *expect);
    for (auto& [name, value] : *parameters) wipe(value);
  }

  // RFC 6749, section 4.1.2, and RFC 9207. What is not certainly the answer to this attempt is turned away.
  void judge(Connections::iterator at, const std::map<std::string, std::string>& parameters, const LoopbackExpect& expect) {
    auto& connection = *at->second;
    const auto value = [&](const char* name) {
      const auto found = parameters.find(name);
      return found == parameters.end() ? nullptr : &found->second;
    };
    const auto* state = value("state");
    const auto* code = value("code");
    const auto* error = value("error");
    if (state == nullptr || !printable(*state) || !crypto::equal(*state, expect.state)) {
      return refuse(connection, 400, "its state is not the one of this login");
    }
    if ((code == nullptr) == (error == nullptr)) return refuse(connection, 400, "it has to have either a code or an error");
    if (!printable(code != nullptr ? *code : *error)) return refuse(connection, 400, "its code or error is not plain text");
    if (const auto* why = issuer_fault(value("iss"), expect); why != nullptr) {
      if (error != nullptr) return refuse(connection, 400, why);
      // Somebody mixes servers up (RFC 9700, section 4.4): this attempt is over, and the code goes nowhere.
      refuse(connection, 400, why);
      outcome_ = Error{Status::protocol, std::string("the redirect is not accepted: ") + why,
                       "log in again; if it happens again, tell whoever runs the identity provider"};
      return;
    }
    LoopbackResult result;
    if (code != nullptr) result.code = *code;
    if (error != nullptr) result.error = *error;
    if (const auto* text = value("error_description"); error != nullptr && text != nullptr) result.error_description = safe_text(*text);
    outcome_ = std::move(result);
    ::epoll_ctl(events_.get(), EPOLL_CTL_DEL, connection.fd(), nullptr);
    held_ = std::move(at->second);
    connections_.erase(at);
  }

  static const char* issuer_fault(const std::string* iss, const LoopbackExpect& expect) {
    if (expect.issuer.empty()) return nullptr;
    if (iss == nullptr) return expect.iss_required ? "it does not say which server it comes from" : nullptr;
    return *iss == expect.issuer ? nullptr : "it comes from another server than the one that was asked";
  }

  Port port_;
  RedirectUri uri_;
  std::vector<std::string> hosts_;
  Fd events_;
  Connections connections_;
  std::unique_ptr<LoopbackConnection> held_;  // the accepted browser, waiting for its page
  std::optional<Result<LoopbackResult>> outcome_;
  std::uint64_t count_ = 0;
};

class SystemLoopback final : public Loopback {
 public:
  Result<std::unique_ptr<LoopbackListener>> open(const LoopbackOptions& options, const Call& call) override {
    AUTHHOST_CHECK(call.check());
    if (options.port < 0 || options.port > 65535) {
      return Error{Status::invalid_config, "redirect_port " + std::to_string(options.port) + " is not a port",
                   "use a number from 1 to 65535, or 0 for any free port"};
    }
    RedirectUri uri;
    bool v4 = true;
    bool v6 = true;
    bool port_is_configured = false;
    if (options.redirect_uri.empty()) {
      // A path of its own for each issuer tells apart who answers (RFC 9700, section 4.4.2.2).
      uri.host = "127.0.0.1";
      uri.path = "/callback";
      if (!options.issuer.empty()) uri.path += "/" + crypto::hex(crypto::sha256(options.issuer).data(), 6);
      uri.rest = uri.path;
    } else {
      AUTHHOST_TRY(configured, parse_redirect_uri(options.redirect_uri));
      uri = std::move(configured);
      v4 = uri.host != "[::1]";
      v6 = uri.host != "127.0.0.1";
      port_is_configured = uri.port != 0;
    }
    const int wanted = uri.port != 0 ? uri.port : options.port;
    AUTHHOST_TRY(port, bind_port(wanted, v4, v6, port_is_configured));
    uri.port = port.number;
    if (options.redirect_uri.empty() && !port.v4) uri.host = "[::1]";  // a machine without IPv4
    Fd events(::epoll_create1(EPOLL_CLOEXEC));
    if (!events) return Error{Status::internal, std::string("cannot watch a port: ") + std::strerror(errno), ""};
    return std::unique_ptr<LoopbackListener>(std::make_unique<Listener>(std::move(port), std::move(uri), std::move(events)));
  }
};

}  // namespace

std::unique_ptr<Loopback> make_loopback() { return std::make_unique<SystemLoopback>(); }

}  // namespace authhost
