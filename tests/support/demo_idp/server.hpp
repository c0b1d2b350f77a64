// Server: the demo provider on a loopback port, one thread a connection, every request in a log.
#pragma once

#include "provider.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace demo_idp {

struct ServerOptions {
  int port = 0;                                  // 0: any free one
  std::string host = "127.0.0.1";                // as the issuer names it: 127.0.0.1 or localhost
  std::string issuer_path = {};                  // "/tenant": makes the issuer differ from the root
  std::optional<Certificates> certificates = {}; // https
  Json settings = Json::object();                // as for POST /__control
};

class Server {
 public:
  // Binds; throws where it cannot.
  explicit Server(const ServerOptions& options);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] const std::string& issuer() const { return issuer_; }

  // Accepts for ever.
  [[noreturn]] void run();

 private:
  struct Listener;
  // How an answer goes out when it is not to be a proper one.
  struct Delivery {
    Response response = {};
    Json fault = nullptr;
    bool drop = false;
    std::int64_t log_index = -1;
  };

  template <class Stream>
  void converse(Stream& stream);
  template <class Stream>
  bool deliver(Stream& stream, const Delivery& delivery, bool keep_alive);
  Delivery answer(const Request& request);
  std::optional<Response> administer(const Request& request);
  Response wait_for(const Request& request);
  std::string head(const Response& response, std::optional<std::size_t> length, bool keep_alive);

  std::unique_ptr<Listener> listener_;
  int port_ = 0;
  std::string issuer_;
  std::string issuer_path_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();

  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::unique_ptr<Provider> provider_;
  Json log_ = Json::array();
  int in_progress_ = 0;
  std::int64_t generation_ = 0;  // of the log: an index is good for one generation only
};

}  // namespace demo_idp
