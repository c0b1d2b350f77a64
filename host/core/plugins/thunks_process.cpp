// authhost.process/1.
#include "core/plugins/host_table.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace authhost::plugins {
namespace {

constexpr std::size_t kMaxWords = 4096;
constexpr std::int64_t kMaxOutput = 1 << 20;

// Arguments and variables of a command may hold credentials: wiped when it is over, however it ends.
struct WipedRequest : ProcessRequest {
  WipedRequest() = default;
  WipedRequest(const WipedRequest&) = delete;
  WipedRequest& operator=(const WipedRequest&) = delete;
  ~WipedRequest() {
    for (auto* const words : {&argv, &env}) {
      for (auto& word : *words) wipe(word);
    }
  }
};

bool is_list(const authhost_str* list, std::size_t n) { return n <= kMaxWords && (n == 0 || list != nullptr); }

// Texts for exec: a NUL would silently cut them.
bool copy_words(const authhost_str* list, std::size_t n, std::vector<std::string>& out) {
  for (std::size_t i = 0; i < n; ++i) {
    out.emplace_back(view(list[i]));
    if (out.back().find('\0') != std::string::npos) return false;
  }
  return true;
}

authhost_status run(authhost_call* call, const authhost_process_request* request, authhost_process_result* out) {
  return guarded_work(call, [&]() -> authhost_status {
    constexpr auto kNeededIn = offsetof(authhost_process_request, max_output) + sizeof(request->max_output);
    constexpr auto kNeededOut = offsetof(authhost_process_result, error_tail) + sizeof(out->error_tail);
    if (!covers(request, kNeededIn) || !covers(out, kNeededOut) || request->n_argv == 0 ||
        !is_list(request->argv, request->n_argv) || !is_list(request->env, request->n_env)) {
      return call->fail(Status::usage, "process.run was called wrongly");
    }
    if (!call->request->services.process) {
      return call->fail(Status::usage, "there are no processes in this call");
    }
    WipedRequest asked;
    if (!copy_words(request->argv, request->n_argv, asked.argv) || !copy_words(request->env, request->n_env, asked.env)) {
      return call->fail(Status::invalid_config, "a command or its environment holds a NUL", "remove it");
    }
    asked.input = Secret(view(request->input));
    if (request->timeout_ms > 0) asked.timeout = Milliseconds{request->timeout_ms};
    if (request->max_output > 0) asked.max_output = static_cast<std::size_t>(std::min(request->max_output, kMaxOutput));

    asked.own_session = !call->permissions.of_installation;  // what a plugin runs has no more of a terminal than the plugin

    auto ended = call->request->services.process->run(asked, call->caller);
    if (!ended) return call->fail(std::move(ended).error());
    authhost_process_result result{};
    result.exit_code = ended->exit_code;
    result.signal = ended->signal;
    result.output = call->arena.copy(ended->output.reveal());
    result.error_tail = call->arena.copy(ended->error_tail);
    fill(out, result);
    return AUTHHOST_OK;
  });
}

}  // namespace

const authhost_process_service& process_table() noexcept {
  static const authhost_process_service table = {sizeof(authhost_process_service), &run};
  return table;
}

}  // namespace authhost::plugins
