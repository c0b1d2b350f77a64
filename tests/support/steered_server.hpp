// SteeredServer: a server as a process of this test, which tells it how to behave and reads what it was asked. The
// servers of the tests share these five requests: /__control, /__reset, /__clear_log, /__log.
#pragma once

#include "child.hpp"

#include <nlohmann/json.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace authhost::test {

struct HttpAnswer {
  long status = 0;  // 0: no answer
  std::string body;
  std::string location;
};
// For steering and for playing the person; follows no redirect, verifies no certificate.
HttpAnswer http_get(const std::string& url, const std::vector<std::string>& headers = {});
HttpAnswer http_post(const std::string& url, std::string_view body,
                     std::string_view content_type = "application/x-www-form-urlencoded");

class SteeredServer {
 public:
  using Json = nlohmann::json;

  void control(const Json& settings) const;  // throws if the server does not accept it
  void reset() const;
  void clear_log() const;

  [[nodiscard]] Json log() const;
  // The requests to one path, as "/token", or to all that end with it, as "Unary"; all of them answered or not.
  [[nodiscard]] Json log(std::string_view path) const;
  [[nodiscard]] std::size_t count(std::string_view path) const { return log(path).size(); }
  // Waits until so many requests to `path` have come (`answered`: and were answered); false after 20 s.
  [[nodiscard]] bool wait_for(std::string_view path, int wanted, bool answered = false) const;

  // Its port is closed afterwards.
  void stop();

 protected:
  // Starts it and reads the JSON of its first line; throws std::runtime_error with its stderr if none comes.
  explicit SteeredServer(std::vector<std::string> command);
  void steer_at(std::string root) { root_ = std::move(root); }

  [[nodiscard]] const Json& first_line() const { return first_line_; }
  [[nodiscard]] const std::string& root() const { return root_; }
  [[nodiscard]] Child& process() { return *process_; }

 private:
  std::unique_ptr<Child> process_;
  Json first_line_;
  std::string root_;
};

}  // namespace authhost::test
