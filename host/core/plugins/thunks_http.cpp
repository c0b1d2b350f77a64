// authhost.http/1.
#include "core/plugins/host_table.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace authhost::plugins {
namespace {

constexpr std::size_t kMaxHeaders = 128;

// Header values hold credentials: wiped when the request is over, however it ends.
struct WipedRequest : HttpRequest {
  WipedRequest() = default;
  WipedRequest(const WipedRequest&) = delete;
  WipedRequest& operator=(const WipedRequest&) = delete;
  ~WipedRequest() {
    for (auto& header : headers) wipe(header.value);
  }
};

authhost_status send(authhost_call* call, const authhost_http_request* request, authhost_http_response* out) {
  return guarded_work(call, [&]() -> authhost_status {
    constexpr auto kNeededIn = offsetof(authhost_http_request, timeout_ms) + sizeof(request->timeout_ms);
    constexpr auto kNeededOut = offsetof(authhost_http_response, retry_after_ms) + sizeof(out->retry_after_ms);
    if (!covers(request, kNeededIn) || !covers(out, kNeededOut) || request->n_headers > kMaxHeaders ||
        (request->n_headers > 0 && request->headers == nullptr)) {
      return call->fail(Status::usage, "http.send was called wrongly");
    }
    if (!call->request->services.http) {
      return call->fail(Status::usage, "there is no HTTP in this call");
    }

    WipedRequest asked;
    asked.method = request->method.size > 0 ? std::string(view(request->method)) : "GET";
    asked.url = std::string(view(request->url));
    asked.headers.reserve(request->n_headers);
    for (std::size_t i = 0; i < request->n_headers; ++i) {
      asked.headers.push_back({std::string(view(request->headers[i].name)), std::string(view(request->headers[i].value))});
    }
    asked.body = Secret(view(request->body));
    if (request->timeout_ms > 0) asked.timeout = std::min(asked.timeout, Milliseconds{request->timeout_ms});

    auto answered = call->request->services.http->send(asked, call->caller);
    if (!answered) return call->fail(std::move(answered).error());
    call->retry_after = answered->retry_after;
    if (answered->date) call->server_date = answered->date;

    authhost_http_response response{};
    response.status = answered->status;
    auto* headers = call->arena.array<authhost_http_header>(answered->headers.size());
    for (std::size_t i = 0; i < answered->headers.size(); ++i) {
      headers[i] = {call->arena.copy(answered->headers[i].name), call->arena.copy(answered->headers[i].value)};
    }
    response.headers = headers;
    response.n_headers = answered->headers.size();
    response.body = call->arena.copy(answered->body.reveal());
    response.retry_after_ms = answered->retry_after ? answered->retry_after->count() : -1;
    fill(out, response);
    return AUTHHOST_OK;
  });
}

}  // namespace

const authhost_http_service& http_table() noexcept {
  static const authhost_http_service table = {sizeof(authhost_http_service), &send};
  return table;
}

}  // namespace authhost::plugins
