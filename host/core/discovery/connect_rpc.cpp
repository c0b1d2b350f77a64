// The Connect protocol's unary calls: a POST of JSON to /SERVICE/PROCEDURE.
#include "core/discovery/document.hpp"
#include "core/discovery/flyte_rpc.hpp"

#include "core/services/http_url.hpp"
#include "core/services/json.hpp"
#include "core/services/redact.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace authhost {
namespace {

// Answers of servers, and of what stands before them, that would have wanted HTTP/2 or gRPC's content type. 464 is what
// Amazon's load balancer says before a group of gRPC servers.
bool wants_grpc(const HttpResponse& response) {
  constexpr std::array<int, 4> kStatuses = {415, 426, 464, 505};
  return std::find(kStatuses.begin(), kStatuses.end(), response.status) != kStatuses.end() ||
         response.header("content-type").substr(0, 16) == "application/grpc";
}

// What a Connect error says: {"code","message"}.
std::string error_message(const HttpResponse& response) {
  const auto body = parse_json(response.body.reveal());
  if (!body || !body->is_object()) return "";
  const auto message = body->find("message");
  return message != body->end() && message->is_string() ? safe_text(message->get<std::string>(), 200) : "";
}

}  // namespace

Result<FlyteAnswer> ConnectRpc::call(const FlyteRequest& request, const Call& call) {
  bool ignored = false;
  return attempt(request, call, ignored);
}

Result<FlyteAnswer> ConnectRpc::attempt(const FlyteRequest& request, const Call& call, bool& may_be_grpc) {
  HttpRequest post;
  post.method = "POST";
  post.url = fmt::format("{}/{}/{}", address_, request.service, request.procedure);
  post.headers = {{"Accept", "application/json"}, {"Content-Type", "application/json"}, {"Connect-Protocol-Version", "1"}};
  if (request.token != nullptr) {
    post.headers.push_back({std::string(request.header_key), fmt::format("Bearer {}", request.token->reveal())});
  }
  post.body = Secret("{}");
  post.plaintext = address_.compare(0, 7, "http://") == 0;
  post.not_http = &may_be_grpc;
  auto sent = http_.send(post, call);
  if (request.token != nullptr) wipe(post.headers.back().value);
  if (!sent) return std::move(sent).error();
  const HttpResponse& response = *sent;
  may_be_grpc = wants_grpc(response);
  const auto parsed = parse_http_url("the URL", post.url);
  const std::string url = parsed ? parsed->shown : address_;
  if (request.token != nullptr && response.status == 401) {
    return FlyteAnswer{FlyteAnswer::Kind::unauthenticated, error_message(response)};
  }
  if (request.token != nullptr && response.status == 403) {
    const std::string why = error_message(response);
    return Error{Status::denied, fmt::format("{}: {}", url, why.empty() ? "the server denies it (403)" : why),
                 "ask whoever runs the server what this account may do"};
  }
  AUTHHOST_TRY(body, discovery::json_body(url, response));
  if (!body) return FlyteAnswer{FlyteAnswer::Kind::unimplemented, fmt::format("status {}", response.status)};
  return FlyteAnswer{FlyteAnswer::Kind::message, std::string(*body)};
}

}  // namespace authhost
