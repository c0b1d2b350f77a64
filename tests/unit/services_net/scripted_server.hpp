// ScriptedServer: a server on loopback that plays one script for every connection, well-behaved or not.
#pragma once

#include <atomic>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

struct ssl_st;
struct ssl_ctx_st;

namespace authhost::test {

class TlsIdentity;

// What a client sent: the head as it came, and the body that its Content-Length announced.
struct SeenRequest {
  std::string head;
  std::string body;

  [[nodiscard]] std::string line() const { return head.substr(0, head.find("\r\n")); }
  // The value of the first header of that name (lower case); "" if there is none.
  [[nodiscard]] std::string header(std::string_view lower_name) const;
};

// One accepted connection, for the script.
class Connection {
 public:
  Connection(int fd, ssl_st* tls) : fd_(fd), tls_(tls) {}
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Empty head: the client went away before it sent one.
  SeenRequest read_request();
  // false: the client went away.
  bool send(std::string_view bytes);
  // Sends the bytes for as long as anybody takes them.
  void send_for_ever(std::string_view bytes);
  // Says nothing until the client goes away.
  void stay_silent();
  // Ends the connection with a reset, in the middle of whatever goes on.
  void reset();

 private:
  long receive(char* data, std::size_t size);

  int fd_;
  ssl_st* tls_;
};

class ScriptedServer {
 public:
  using Script = std::function<void(Connection&, const SeenRequest&)>;

  // `script` runs in the connection's own thread once a request has come. `identity`: TLS; outlives the server.
  explicit ScriptedServer(Script script, const TlsIdentity* identity = nullptr);
  // Sends the same bytes to everybody.
  explicit ScriptedServer(std::string answer)
      : ScriptedServer([answer](Connection& connection, const SeenRequest&) { connection.send(answer); }) {}
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;
  ~ScriptedServer();

  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] std::string authority() const { return "127.0.0.1:" + std::to_string(port_); }
  [[nodiscard]] std::string url(std::string_view path) const;
  [[nodiscard]] std::vector<SeenRequest> requests() const;

 private:
  void accept_all();
  void serve(int fd);

  Script script_;
  ssl_ctx_st* tls_ = nullptr;
  int listener_ = -1;
  int port_ = 0;
  mutable std::mutex mutex_;
  std::vector<SeenRequest> requests_;
  std::vector<int> open_;
  std::list<std::thread> threads_;
  std::thread acceptor_;
};

// A complete answer with a correct Content-Length.
std::string http_answer(int status, std::string_view content_type, std::string_view body,
                        std::string_view more_headers = "");

}  // namespace authhost::test
