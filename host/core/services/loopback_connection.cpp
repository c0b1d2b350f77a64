#include "core/services/loopback_connection.hpp"

#include <authhost/secret.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>

#include <sys/socket.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <limits>

namespace authhost {
namespace {

namespace http = boost::beast::http;

constexpr std::size_t kRequestLimit = 8192;

bool contains(boost::beast::string_view text, std::string_view word) {
  const auto same = [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; };
  return std::search(text.begin(), text.end(), word.begin(), word.end(), same) != text.end();
}

// A look ahead of the person's own click: it must not spend the code.
template <class Fields>
bool is_prefetch(const Fields& fields) {
  for (const char* name : {"Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"}) {
    const auto value = fields[name];
    if (contains(value, "prefetch") || contains(value, "prerender") || contains(value, "preview")) return true;
  }
  return false;
}

}  // namespace

struct LoopbackConnection::Parser : http::request_parser<http::empty_body> {};

LoopbackConnection::LoopbackConnection(Fd socket, Monotonic until, std::uint64_t number)
    : socket_(std::move(socket)), until_(until), number_(number), parser_(std::make_unique<Parser>()) {
  parser_->header_limit(kRequestLimit);
  parser_->body_limit(std::numeric_limits<std::uint64_t>::max());  // a body is not read; "no limit" refuses any in 1.74
}

LoopbackConnection::~LoopbackConnection() { wipe(unread_); }

LoopbackConnection::Progress LoopbackConnection::read(LoopbackRequest& out) {
  char bytes[2048];
  const auto count = ::recv(socket_.get(), bytes, sizeof bytes, 0);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return Progress::more;
  if (count <= 0) return Progress::gone;
  if (answered_) return Progress::more;
  total_ += static_cast<std::size_t>(count);
  unread_.append(bytes, static_cast<std::size_t>(count));
  wipe(bytes, sizeof bytes);
  boost::system::error_code error;
  const auto used = parser_->put(boost::asio::buffer(unread_), error);
  unread_.erase(0, used);
  if (!parser_->is_header_done()) {
    if (error == http::error::header_limit || total_ > kRequestLimit) return Progress::too_large;
    return error && error != http::error::need_more ? Progress::bad : Progress::more;
  }
  const auto& request = parser_->get();
  if (request.count(http::field::host) == 1) out.host = std::string(request[http::field::host]);
  out.method = std::string(request.method_string());
  const std::string target(request.target());
  const auto mark = std::min(target.find('?'), target.size());
  out.path = target.substr(0, mark);
  out.query = target.substr(std::min(mark + 1, target.size()));
  out.prefetch = is_prefetch(request);
  return Progress::request;
}

void LoopbackConnection::answer(std::string_view text) {
  while (!text.empty()) {
    const auto sent = ::send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) break;  // an empty socket takes a page whole; this one is gone
    text.remove_prefix(static_cast<std::size_t>(sent));
  }
  ::shutdown(socket_.get(), SHUT_WR);
  answered_ = true;
}

}  // namespace authhost
