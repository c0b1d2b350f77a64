// gRPC through a program: this side of the protocol that flyte_rpc.hpp describes.
#include "core/discovery/flyte_rpc.hpp"

#include "core/services/own_program.hpp"
#include "core/services/json.hpp"
#include "core/services/redact.hpp"

#include <fmt/format.h>
#include <unistd.h>

namespace authhost {
namespace {

constexpr Milliseconds kLongest{10'000};  // of one call; the program is given a little more to end by itself
constexpr Milliseconds kToEnd{2'000};

std::string text_of(const nlohmann::json& object, const char* name) {
  const auto member = object.find(name);
  return member != object.end() && member->is_string() ? safe_text(member->get<std::string>()) : std::string();
}

}  // namespace

ProcessRpc::ProcessRpc(std::string address, FlyteChannel channel, Process& process, std::string program)
    : address_(std::move(address)),
      channel_(std::move(channel)),
      process_(process),
      program_(std::move(program)) {
  if (!program_.empty()) return;
  if (auto own = own_program("authhost-flyte-rpc")) program_ = *std::move(own);  // else it is as if it were not installed
}

bool ProcessRpc::installed() const { return ::access(program_.c_str(), X_OK) == 0; }

Result<FlyteAnswer> ProcessRpc::call(const FlyteRequest& request, const Call& call) {
  bool ignored = false;
  return attempt(request, call, ignored);
}

Result<FlyteAnswer> ProcessRpc::attempt(const FlyteRequest& request, const Call& call, bool& no_connection) {
  const Milliseconds limit = std::min(kLongest, call.left());
  nlohmann::json question = {{"address", address_},
                             {"target", channel_.target},
                             {"insecure", channel_.insecure},
                             {"ca_cert_file", channel_.ca_cert_file},
                             {"insecure_skip_verify", channel_.insecure_skip_verify},
                             {"http_proxy", channel_.http_proxy},
                             {"proxy_authorization", ""},
                             {"service", request.service},
                             {"procedure", request.procedure},
                             {"header_key", request.header_key},
                             {"token", request.token != nullptr ? request.token->reveal() : ""},
                             {"deadline_ms", limit.count()}};
  if (channel_.proxy_authorization) {
    AUTHHOST_TRY(authorization, channel_.proxy_authorization(call));
    question["proxy_authorization"] = authorization.reveal();
  }
  ProcessRequest run;
  run.argv = {program_};
  run.input = Secret::take(question.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  run.timeout = limit + kToEnd;
  wipe_json(question);
  auto ended = process_.run(run, call);
  if (!ended) return std::move(ended).error().in(address_);

  const auto answer = parse_json(ended->output.reveal());
  const std::string status = answer && answer->is_object() ? text_of(*answer, "status") : "";
  no_connection = status == "no-connection";
  if (status == "ok" && answer->contains("body")) return FlyteAnswer{FlyteAnswer::Kind::message, answer->at("body").dump()};
  const std::string message = status.empty() ? "" : text_of(*answer, "message");
  if (status == "unimplemented") return FlyteAnswer{FlyteAnswer::Kind::unimplemented, message};
  if (status == "unauthenticated" && request.token != nullptr) {
    return FlyteAnswer{FlyteAnswer::Kind::unauthenticated, message};
  }
  if (no_connection) return Error{Status::unavailable, message, text_of(*answer, "hint")};
  if (status == "unauthenticated") {
    return Error{Status::protocol, fmt::format("{} wants credentials for {}: {}", address_, request.procedure, message),
                 "check the endpoint: this is asked before there are any"};
  }
  for (const Status known : kAllStatuses) {
    if (known != Status::ok && status == status_name(known)) {
      return Error{known, message, text_of(*answer, "hint")};
    }
  }
  return Error{Status::plugin,
               fmt::format("{}: {} ended with {} and no answer that could be read{}{}", address_, program_,
                           ended->signal != 0 ? fmt::format("signal {}", ended->signal) : fmt::format("status {}", ended->exit_code),
                           ended->error_tail.empty() ? "" : ": ", safe_text(ended->error_tail, 200)),
               "install authhost anew: its programs must be of one version"};
}

}  // namespace authhost
