// One login attempt on a redirect listener that waits in a thread, and the browser on the other side of it.
#pragma once

#include "core/services/fd.hpp"
#include "core/services/loopback.hpp"

#include <catch2/catch.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

namespace authhost::testing_local {

inline constexpr const char* kState = "AbCdEfGhIjKlMnOpQrStUv";
inline constexpr const char* kIssuer = "https://idp.example";

inline Fd connect_to(int port, int family = AF_INET) {
  Fd fd(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const struct timeval patience {10, 0};  // a listener that never answers is a failure, not a hang
  ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  struct sockaddr_in v4 {};
  v4.sin_family = AF_INET;
  v4.sin_port = htons(static_cast<std::uint16_t>(port));
  v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  struct sockaddr_in6 v6 {};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = v4.sin_port;
  v6.sin6_addr = in6addr_loopback;
  const int failed = family == AF_INET ? ::connect(fd.get(), reinterpret_cast<struct sockaddr*>(&v4), sizeof v4)
                                       : ::connect(fd.get(), reinterpret_cast<struct sockaddr*>(&v6), sizeof v6);
  return failed == 0 ? std::move(fd) : Fd();
}

inline void send_all(const Fd& fd, std::string_view text) {
  while (!text.empty()) {
    const auto sent = ::send(fd.get(), text.data(), text.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;  // turned away before all was said
    text.remove_prefix(static_cast<std::size_t>(sent));
  }
}

// All that the other side says until it has said its last word.
inline std::string read_all(const Fd& fd) {
  std::string text;
  char bytes[4096];
  for (;;) {
    const auto count = ::recv(fd.get(), bytes, sizeof bytes, 0);
    if (count <= 0) return text;
    text.append(bytes, static_cast<std::size_t>(count));
  }
}

inline int status_of(const std::string& answer) {
  return answer.rfind("HTTP/1.1 ", 0) == 0 ? std::stoi(answer.substr(9, 3)) : 0;
}

class Attempt {
 public:
  explicit Attempt(const LoopbackOptions& options = {}, LoopbackExpect expect = {kState, "", false}, Call call = {})
      : expect_(std::move(expect)), cancellation_(std::make_shared<Cancellation>()), call_(std::move(call)) {
    call_.cancellation = cancellation_;
    if (!call_.deadline && call_.clock == &system_clock()) call_ = call_.within(std::chrono::seconds{30});
    auto opened = make_loopback()->open(options, call_);
    REQUIRE(opened.ok());
    listener_ = std::move(*opened);
    uri_ = listener_->redirect_uri();
    const auto authority = uri_.substr(7, uri_.find('/', 7) - 7);
    port_ = std::stoi(authority.substr(authority.rfind(':') + 1));
    path_ = uri_.substr(7 + authority.size());
    thread_ = std::thread([this] { result_.emplace(listener_->wait(expect_, call_)); });
  }
  Attempt(const Attempt&) = delete;
  Attempt& operator=(const Attempt&) = delete;
  ~Attempt() {
    cancellation_->cancel();
    if (thread_.joinable()) thread_.join();
  }

  [[nodiscard]] const std::string& uri() const { return uri_; }
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] std::string literal() const { return "127.0.0.1:" + std::to_string(port_); }

  [[nodiscard]] std::string request(const std::string& target, const std::string& headers = "", const std::string& method = "GET") const {
    return method + " " + target + " HTTP/1.1\r\nHost: " + literal() + "\r\n" + headers + "\r\n";
  }
  [[nodiscard]] Fd start(const std::string& raw, int family = AF_INET) const {
    auto fd = connect_to(port_, family);
    REQUIRE(fd);
    send_all(fd, raw);
    return fd;
  }
  [[nodiscard]] std::string raw(const std::string& text, int family = AF_INET) const { return read_all(start(text, family)); }
  // The answer to a GET of the redirect path with this query.
  [[nodiscard]] std::string get(const std::string& query) const { return raw(request(path_ + "?" + query)); }
  [[nodiscard]] int status(const std::string& query) const { return status_of(get(query)); }

  // The browser comes back as it should; the answer is open until finish().
  [[nodiscard]] Fd come_back() const { return start(request(path_ + "?code=good&state=" + kState)); }
  Result<LoopbackResult>& result() {
    if (thread_.joinable()) thread_.join();
    return *result_;
  }
  // Proves that the listener still waits, and for this attempt.
  void completes() {
    const auto browser = come_back();
    REQUIRE(result().ok());
    CHECK(result()->code == "good");
    finish({true, "Done", "All is well."});
    CHECK(status_of(read_all(browser)) == 200);
  }

  void cancel() { cancellation_->cancel(); }
  void finish(const LoopbackOutcome& outcome) { listener_->finish(outcome); }
  void close() { listener_.reset(); }

 private:
  LoopbackExpect expect_;
  std::shared_ptr<Cancellation> cancellation_;
  Call call_;
  std::unique_ptr<LoopbackListener> listener_;
  std::string uri_;
  std::string path_;
  int port_ = 0;
  std::optional<Result<LoopbackResult>> result_;
  std::thread thread_;
};

}  // namespace authhost::testing_local
