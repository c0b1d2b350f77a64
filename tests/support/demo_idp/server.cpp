#include "server.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <sys/socket.h>

#include <algorithm>
#include <cctype>
#include <ctime>
#include <iostream>
#include <thread>

namespace demo_idp {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using Tcp = asio::ip::tcp;

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

std::string_view as_view(boost::string_view text) { return {text.data(), text.size()}; }

Request to_request(const http::request<http::string_body>& message) {
  Request request;
  request.method = std::string(as_view(message.method_string()));
  request.target = std::string(as_view(message.target()));
  const auto question = request.target.find('?');
  request.path = request.target.substr(0, question);
  if (question != std::string::npos) request.query = parse_form(std::string_view(request.target).substr(question + 1));
  for (const auto& field : message) request.headers.emplace_back(lower(as_view(field.name_string())), as_view(field.value()));
  request.body = message.body();
  if (first(request.headers, "content-type").starts_with("application/x-www-form-urlencoded"))
    request.form = parse_form(request.body);
  return request;
}

// {"name": "value"}; a name that came twice has a list.
Json as_object(const Pairs& pairs) {
  Json out = Json::object();
  for (const auto& [name, value] : pairs) {
    if (!out.contains(name)) {
      out[name] = value;
    } else if (out[name].is_array()) {
      out[name].push_back(value);
    } else {
      out[name] = Json::array({out[name], value});
    }
  }
  return out;
}

std::string to_text(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

void pause(const Json& fault, const char* key) {
  if (fault.is_object() && fault.contains(key)) std::this_thread::sleep_for(std::chrono::milliseconds(fault[key].get<int>()));
}

// Whether the fault stands in place of the endpoint's own answer.
bool replaces_answer(std::string_view endpoint, const Json& fault) {
  if (!fault.is_object() || fault.value("after", false)) return false;
  if (endpoint != "authorize" && fault.contains("error")) return true;
  for (const char* key : {"status", "redirect", "body", "endless", "raw", "json"})
    if (fault.contains(key)) return true;
  return false;
}

// The parts of a fault that say what the answer is.
void bend(std::string_view endpoint, const Json& fault, Response& response) {
  if (!fault.is_object()) return;
  if (endpoint != "authorize" && fault.contains("error")) {
    response = Response::error(fault["error"].get<std::string>(), fault.value("error_description", "injected"));
  } else if (replaces_answer(endpoint, fault)) {
    response = Response::error("server_error", "injected");
    response.status = 200;
  }
  if (fault.contains("json")) response = Response::of(fault["json"]);
  if (fault.contains("redirect")) response = Response::redirect(fault["redirect"].get<std::string>());
  if (fault.contains("body")) {
    response.json.reset();
    response.body = fault["body"].get<std::string>();
  }
  response.status = fault.value("status", response.status);
  response.content_type = fault.value("content_type", response.content_type);
  if (fault.contains("retry_after")) {
    const Json& value = fault["retry_after"];
    response.headers.emplace_back("Retry-After", value.is_string() ? value.get<std::string>() : value.dump());
  }
  const Json headers = fault.value("headers", Json::object());
  for (const auto& [name, value] : headers.items()) response.headers.emplace_back(name, value.get<std::string>());
  if (!response.json || !response.json->is_object()) return;
  for (const Json& name : fault.value("omit", Json::array())) response.json->erase(name.get<std::string>());
  if (fault.contains("set")) response.json->update(fault["set"]);
  if (fault.contains("expires_in")) (*response.json)["expires_in"] = fault["expires_in"];
}

}  // namespace

struct Server::Listener {
  asio::io_context context;
  Tcp::acceptor acceptor{context};
  std::optional<asio::ssl::context> tls;
};

Server::Server(const ServerOptions& options) : listener_(std::make_unique<Listener>()), issuer_path_(options.issuer_path) {
  auto& acceptor = listener_->acceptor;
  const Tcp::endpoint loopback(asio::ip::address_v4::loopback(), static_cast<unsigned short>(options.port));
  acceptor.open(loopback.protocol());
  acceptor.set_option(Tcp::acceptor::reuse_address(true));
  acceptor.bind(loopback);
  acceptor.listen(512);
  port_ = acceptor.local_endpoint().port();
  if (options.certificates) {
    auto& tls = listener_->tls.emplace(asio::ssl::context::tls_server);
    tls.use_certificate(asio::buffer(options.certificates->certificate), asio::ssl::context::pem);
    tls.use_private_key(asio::buffer(options.certificates->key), asio::ssl::context::pem);
  }
  issuer_ = std::string(options.certificates ? "https://" : "http://") + options.host + ":" + std::to_string(port_) +
            options.issuer_path;
  provider_ = std::make_unique<Provider>(issuer_);
  provider_->control(options.settings);
  provider_->keep_settings();
}

Server::~Server() = default;

void Server::run() {
  for (;;) {
    Tcp::socket socket(listener_->context);
    boost::system::error_code failed;
    listener_->acceptor.accept(socket, failed);
    if (failed) continue;
    std::thread([this, peer = std::move(socket)]() mutable {
      // A peer may leave at any moment: that ends its thread, nothing else.
      try {
        peer.set_option(Tcp::no_delay(true));
        if (listener_->tls) {
          asio::ssl::stream<Tcp::socket&> stream(peer, *listener_->tls);
          stream.handshake(asio::ssl::stream_base::server);
          converse(stream);
        } else {
          converse(peer);
        }
      } catch (const std::exception&) {
      }
    }).detach();
  }
}

template <class Stream>
void Server::converse(Stream& stream) {
  boost::beast::flat_buffer buffer;
  for (;;) {
    http::request_parser<http::string_body> parser;
    parser.body_limit(std::uint64_t{1} << 20);
    parser.header_limit(1 << 16);
    http::read(stream, buffer, parser);
    const Request request = to_request(parser.get());
    const bool keep_alive = parser.keep_alive();
    if (const auto done = administer(request)) {
      if (!deliver(stream, {.response = *done}, keep_alive)) return;
      continue;
    }
    if (!deliver(stream, answer(request), keep_alive)) return;
  }
}

Server::Delivery Server::answer(const Request& request) {
  Request local = request;
  if (!issuer_path_.empty() && local.path.starts_with(issuer_path_ + "/")) local.path.erase(0, issuer_path_.size());
  const std::string endpoint = endpoint_name(local.path);
  Delivery delivery;
  std::int64_t generation = 0;
  {
    const std::lock_guard lock(mutex_);
    const auto elapsed = std::chrono::steady_clock::now() - start_;
    delivery.log_index = static_cast<std::int64_t>(log_.size());
    generation = generation_;
    log_.push_back({{"n", delivery.log_index},
                    {"t_ms", std::chrono::duration_cast<std::chrono::milliseconds>(elapsed).count()},
                    {"endpoint", endpoint},
                    {"method", request.method},
                    {"path", request.path},
                    {"target", request.target},
                    {"query", as_object(request.query)},
                    {"form", as_object(request.form)},
                    {"headers", as_object(request.headers)},
                    {"body", request.body},
                    {"in_progress", ++in_progress_},
                    {"status", nullptr}});
    delivery.fault = provider_->take_fault(endpoint, local);
    changed_.notify_all();
  }
  const Json& fault = delivery.fault;
  pause(fault, "delay_ms");
  delivery.drop = fault.is_object() && fault.contains("drop");
  const bool before = delivery.drop && fault["drop"] == "before";
  if (!before) {
    const std::lock_guard lock(mutex_);
    if (!replaces_answer(endpoint, fault)) delivery.response = provider_->handle(endpoint, local, fault);
  }
  pause(fault, "hold_ms");
  bend(endpoint, fault, delivery.response);
  const std::lock_guard lock(mutex_);
  --in_progress_;
  if (generation == generation_) {
    Json& entry = log_[static_cast<std::size_t>(delivery.log_index)];
    entry["status"] = delivery.drop ? Json("dropped") : Json(delivery.response.status);
    if (delivery.response.json) entry["answer"] = *delivery.response.json;
  }
  changed_.notify_all();
  return delivery;
}

// The paths that steer the provider itself. They are not logged.
std::optional<Response> Server::administer(const Request& request) {
  if (!request.path.starts_with("/__")) return std::nullopt;
  if (request.path == "/__wait") return wait_for(request);
  const std::lock_guard lock(mutex_);
  if (request.path == "/__log") return Response::of(log_);
  if (request.path == "/__control") {
    try {
      provider_->control(Json::parse(request.body));
      return Response::of({{"ok", true}});
    } catch (const std::exception& error) {
      return Response::of({{"ok", false}, {"message", error.what()}}, 400);
    }
  }
  if (request.path == "/__reset") {
    provider_->reset();
    log_ = Json::array();
    ++generation_;
    return Response::of({{"ok", true}});
  }
  if (request.path == "/__clear_log") {
    log_ = Json::array();
    ++generation_;
    return Response::of({{"ok", true}});
  }
  return Response::of({{"ok", false}, {"message", "unknown path"}}, 404);
}

// GET /__wait?path=/token&count=2&timeout_ms=5000 answers when that many requests have come (&done=1: were answered).
Response Server::wait_for(const Request& request) {
  const std::string path = first(request.query, "path");
  const auto number = [&](const char* name, int fallback) {
    const std::string text = first(request.query, name);
    return text.empty() ? fallback : std::stoi(text);
  };
  const int wanted = number("count", 1);
  const bool done = number("done", 0) != 0;
  std::unique_lock lock(mutex_);
  const bool reached = changed_.wait_for(lock, std::chrono::milliseconds(number("timeout_ms", 10'000)), [&] {
    return std::count_if(log_.begin(), log_.end(), [&](const Json& entry) {
             return entry["path"] == path && (!done || !entry["status"].is_null());
           }) >= wanted;
  });
  return Response::of({{"reached", reached}}, reached ? 200 : 408);
}

std::string Server::head(const Response& response, std::optional<std::size_t> length, bool keep_alive) {
  std::time_t now = 0;
  {
    const std::lock_guard lock(mutex_);
    now = static_cast<std::time_t>(provider_->now());
  }
  std::tm utc{};
  gmtime_r(&now, &utc);
  char date[64];
  std::strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", &utc);
  std::string out = "HTTP/1.1 " + std::to_string(response.status) + " " +
                    std::string(as_view(http::obsolete_reason(static_cast<http::status>(response.status)))) + "\r\n";
  out += "Date: " + std::string(date) + "\r\n";
  if (!response.content_type.empty()) out += "Content-Type: " + response.content_type + "\r\n";
  for (const auto& [name, value] : response.headers) out += name + ": " + value + "\r\n";
  if (length) out += "Content-Length: " + std::to_string(*length) + "\r\n";
  out += keep_alive ? "Connection: keep-alive\r\n" : "Connection: close\r\n";
  return out;
}

// True if the connection goes on.
template <class Stream>
bool Server::deliver(Stream& stream, const Delivery& delivery, bool keep_alive) {
  if (delivery.drop) return false;
  const Json& fault = delivery.fault;
  const auto send = [&](const std::string& bytes) { asio::write(stream, asio::buffer(bytes)); };
  if (fault.is_object() && fault.contains("raw")) {  // the whole answer, byte for byte
    send(fault["raw"].get<std::string>());
    return false;
  }
  const Response& response = delivery.response;
  if (fault.is_object() && fault.contains("endless")) {
    std::string start = head(response, std::nullopt, false);
    if (fault["endless"] == "headers") {
      send(start);
      for (int i = 0;; ++i) send("X-More-" + std::to_string(i) + ": " + std::string(1000, 'x') + "\r\n");
    }
    send(start + "\r\n{\"access_token\":\"");
    for (const std::string chunk(16384, 'x');;) send(chunk);
  }
  const std::string body = response.json ? to_text(*response.json) : response.body;
  const std::string bytes = head(response, body.size(), keep_alive) + "\r\n" + body;
  if (fault.is_object() && fault.contains("trickle_ms")) {
    for (const char c : bytes) {
      send(std::string(1, c));
      pause(fault, "trickle_ms");
    }
    return false;
  }
  if (fault.is_object() && fault.contains("cut_at")) {  // fewer bytes than promised
    send(bytes.substr(0, bytes.size() - body.size() + fault["cut_at"].get<std::size_t>()));
    return false;
  }
  send(bytes);
  return keep_alive;
}

}  // namespace demo_idp
