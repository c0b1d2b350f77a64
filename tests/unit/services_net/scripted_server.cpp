#include "scripted_server.hpp"

#include "tls_identity.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <csignal>
#include <cstdlib>
#include <stdexcept>

namespace authhost::test {

std::string SeenRequest::header(std::string_view lower_name) const {
  std::string lower = head;
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
  const std::string wanted = "\r\n" + std::string(lower_name) + ":";
  const std::size_t at = lower.find(wanted);
  if (at == std::string::npos) return "";
  std::size_t begin = at + wanted.size();
  const std::size_t end = head.find("\r\n", begin);
  while (begin < end && head[begin] == ' ') ++begin;
  return head.substr(begin, end - begin);
}

long Connection::receive(char* data, std::size_t size) {
  return tls_ != nullptr ? SSL_read(tls_, data, static_cast<int>(size)) : ::recv(fd_, data, size, 0);
}

SeenRequest Connection::read_request() {
  std::string bytes;
  char buffer[4096];
  std::size_t end = std::string::npos;
  while ((end = bytes.find("\r\n\r\n")) == std::string::npos) {
    const long n = receive(buffer, sizeof buffer);
    if (n <= 0) return {};
    bytes.append(buffer, static_cast<std::size_t>(n));
    if (bytes.front() == '\x16') return {bytes, ""};  // a TLS handshake that we do not speak
  }
  SeenRequest request{bytes.substr(0, end + 2), bytes.substr(end + 4)};
  const auto length = static_cast<std::size_t>(std::atol(request.header("content-length").c_str()));
  while (request.body.size() < length) {
    const long n = receive(buffer, sizeof buffer);
    if (n <= 0) break;
    request.body.append(buffer, static_cast<std::size_t>(n));
  }
  return request;
}

bool Connection::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const long n = tls_ != nullptr ? SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size()))
                                   : ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

void Connection::send_for_ever(std::string_view bytes) {
  while (send(bytes)) {
  }
}

void Connection::stay_silent() {
  char buffer[256];
  while (receive(buffer, sizeof buffer) > 0) {
  }
}

void Connection::reset() {
  const linger at_once{1, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  // Connecting to "nothing" dissolves the association, which sends the reset now and not when the descriptor is closed.
  sockaddr nothing{};
  nothing.sa_family = AF_UNSPEC;
  ::connect(fd_, &nothing, sizeof nothing);
}

ScriptedServer::ScriptedServer(Script script, const TlsIdentity* identity) : script_(std::move(script)) {
  if (identity != nullptr) tls_ = identity->server_context();
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (listener_ < 0 || ::bind(listener_, generic, size) != 0 || ::listen(listener_, 16) != 0 ||
      ::getsockname(listener_, generic, &size) != 0) {
    throw std::runtime_error("no listening socket on loopback");
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept_all(); });
}

ScriptedServer::~ScriptedServer() {
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  {
    const std::lock_guard lock(mutex_);
    for (const int fd : open_) ::shutdown(fd, SHUT_RDWR);
  }
  for (std::thread& thread : threads_) thread.join();
  ::close(listener_);
  SSL_CTX_free(tls_);
}

void ScriptedServer::accept_all() {
  for (;;) {
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return;
    const std::lock_guard lock(mutex_);
    open_.push_back(fd);
    threads_.emplace_back([this, fd] { serve(fd); });
  }
}

void ScriptedServer::serve(int fd) {
  sigset_t sigpipe;  // OpenSSL writes without MSG_NOSIGNAL
  sigemptyset(&sigpipe);
  sigaddset(&sigpipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &sigpipe, nullptr);
  ssl_st* tls = nullptr;
  if (tls_ != nullptr) {
    tls = SSL_new(tls_);
    SSL_set_fd(tls, fd);
  }
  if (tls == nullptr || SSL_accept(tls) == 1) {
    Connection connection(fd, tls);
    const SeenRequest request = connection.read_request();
    if (!request.head.empty()) {
      {
        const std::lock_guard lock(mutex_);
        requests_.push_back(request);
      }
      script_(connection, request);
      if (tls != nullptr) SSL_shutdown(tls);
    }
  }
  SSL_free(tls);
  const std::lock_guard lock(mutex_);
  open_.erase(std::remove(open_.begin(), open_.end(), fd), open_.end());
  ::close(fd);
}

std::string ScriptedServer::url(std::string_view path) const {
  return (tls_ != nullptr ? "https://" : "http://") + authority() + std::string(path);
}

std::vector<SeenRequest> ScriptedServer::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

std::string http_answer(int status, std::string_view content_type, std::string_view body,
                        std::string_view more_headers) {
  std::string out =
      "HTTP/1.1 " + std::to_string(status) + " Said\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
  if (!content_type.empty()) out.append("Content-Type: ").append(content_type).append("\r\n");
  out.append(more_headers).append("Connection: close\r\n\r\n").append(body);
  return out;
}

}  // namespace authhost::test
