#include "steered_server.hpp"

#include "eventually.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <csignal>
#include <stdexcept>

namespace authhost::test {
namespace {

std::size_t append(const char* data, std::size_t size, std::size_t n, void* out) {
  static_cast<std::string*>(out)->append(data, size * n);
  return size * n;
}

HttpAnswer perform(const std::string& url, const std::vector<std::string>& headers, const std::string_view* body) {
  HttpAnswer answer;
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(curl_easy_init(), curl_easy_cleanup);
  curl_slist* list = nullptr;
  for (const auto& header : headers) list = curl_slist_append(list, header.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, list);
  curl_easy_setopt(curl.get(), CURLOPT_PROXY, "");
  curl_easy_setopt(curl.get(), CURLOPT_SSL_VERIFYPEER, 0L);
  curl_easy_setopt(curl.get(), CURLOPT_SSL_VERIFYHOST, 0L);
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT, 60L);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, append);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &answer.body);
  if (body != nullptr) {
    curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDSIZE, static_cast<long>(body->size()));
    curl_easy_setopt(curl.get(), CURLOPT_COPYPOSTFIELDS, body->data());
  }
  if (curl_easy_perform(curl.get()) == CURLE_OK) {
    curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &answer.status);
    const char* location = nullptr;
    curl_easy_getinfo(curl.get(), CURLINFO_REDIRECT_URL, &location);
    if (location != nullptr) answer.location = location;
  }
  curl_slist_free_all(list);
  return answer;
}

}  // namespace

HttpAnswer http_get(const std::string& url, const std::vector<std::string>& headers) {
  return perform(url, headers, nullptr);
}

HttpAnswer http_post(const std::string& url, std::string_view body, std::string_view content_type) {
  return perform(url, {"Content-Type: " + std::string(content_type), "Expect:"}, &body);
}

SteeredServer::SteeredServer(std::vector<std::string> command) {
  ChildOptions options;
  options.argv = std::move(command);
  options.env = base_environment();
  options.keep_stdin_open = true;
  process_ = std::make_unique<Child>(options);
  const bool ready =
      eventually([&] { return process_->out().find('\n') != std::string::npos || !process_->running(); });
  const std::string out = process_->out();
  if (!ready || out.find('\n') == std::string::npos)
    throw std::runtime_error("the server did not start: " + process_->err());
  first_line_ = Json::parse(out.substr(0, out.find('\n')));
}

void SteeredServer::control(const Json& settings) const {
  const auto answer = http_post(root_ + "/__control", settings.dump(), "application/json");
  if (answer.status != 200) throw std::runtime_error("the server: " + answer.body);
}

void SteeredServer::reset() const { http_post(root_ + "/__reset", ""); }
void SteeredServer::clear_log() const { http_post(root_ + "/__clear_log", ""); }

SteeredServer::Json SteeredServer::log() const { return Json::parse(http_get(root_ + "/__log").body); }

SteeredServer::Json SteeredServer::log(std::string_view path) const {
  Json out = Json::array();
  for (auto& entry : log()) {
    const auto& asked = entry["path"].get_ref<const std::string&>();
    if (asked == path || asked.ends_with("/" + std::string(path))) out.push_back(std::move(entry));
  }
  return out;
}

bool SteeredServer::wait_for(std::string_view path, int wanted, bool answered) const {
  return eventually([&] {
    const Json entries = log(path);
    return std::count_if(entries.begin(), entries.end(),
                         [&](const Json& entry) { return !answered || !entry["status"].is_null(); }) >= wanted;
  });
}

void SteeredServer::stop() {
  process_->signal(SIGTERM);
  process_->wait();
}

}  // namespace authhost::test
