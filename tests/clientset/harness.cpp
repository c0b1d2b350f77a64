#include "harness.hpp"

#include <condition_variable>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <mutex>
#include <thread>

namespace authhost::test {

ClientSetOptions service_account(const DemoIdp& idp) {
  ClientSetOptions options;
  options.authenticator = "client_credentials";
  options.client_config.token_endpoint = idp.issuer() + "/token";
  options.client_config.client_id = "demo-service";
  options.client_config.scopes = {"all"};
  options.settings["client_secret"] = std::string("demo-secret");
  options.discovery = "none";
  options.allow_insecure_http = true;
  options.storage = "memory";
  return options;
}

SessionOptions session_of(const std::string& endpoint, const ClientSetOptions& options) {
  SessionOptions out;
  out.endpoint = endpoint;
  out.authenticator = options.authenticator;
  out.client_config = options.client_config;
  out.settings = options.settings;
  out.discovery = options.discovery;
  out.insecure = options.insecure;
  out.insecure_skip_verify = options.insecure_skip_verify;
  out.ca_cert_file = options.ca_cert_file;
  out.http_proxy = options.http_proxy;
  out.allow_insecure_http = options.allow_insecure_http;
  out.storage = options.storage;
  return out;
}

Environment::Environment(const TempHome& home) {
  for (const auto& variable : home.env()) {
    const auto equals = variable.find('=');
    const std::string name = variable.substr(0, equals);
    if (name.compare(0, 4, "XDG_") != 0 && name != "HOME") continue;
    const char* const old = std::getenv(name.c_str());
    before_.emplace_back(name, old != nullptr ? std::optional<std::string>(old) : std::nullopt);
    ::setenv(name.c_str(), variable.c_str() + equals + 1, 1);
  }
}

Environment::~Environment() {
  for (const auto& [name, value] : before_) {
    if (value) ::setenv(name.c_str(), value->c_str(), 1);
    else ::unsetenv(name.c_str());
  }
}

namespace {

ClientSetOptions options_for(const DemoIdp& idp, const FlyteServer& server, const FlyteServerOptions& server_options,
                             const std::function<void(ClientSetOptions&)>& change) {
  ClientSetOptions options = service_account(idp);
  if (server_options.certificate == Certificate::none) options.insecure = true;
  else options.ca_cert_file = server.ca_file();
  if (change) change(options);
  return options;
}

}  // namespace

Stage::Stage(const FlyteServerOptions& server_options, ChannelOptions channel_options, const std::function<void(ClientSetOptions&)>& change)
    : server(idp, server_options),
      options(options_for(idp, server, server_options, change)),
      session(opened(Session::open(session_of(server.target(), options)))),
      channel(opened(make_channel(server.target(), session, std::move(channel_options)))),
      echo(Echo::NewStub(channel)) {}

const char* name_of(Kind kind) {
  switch (kind) {
    case Kind::unary: return "Unary";
    case Kind::client_stream: return "ClientStream";
    case Kind::server_stream: return "ServerStream";
    case Kind::bidi: return "Bidi";
  }
  return "";
}

namespace {

constexpr int kMessages = 3;

void note(Outcome& outcome, const EchoResponse& response) {
  ++outcome.answers;
  outcome.attempt = response.attempt();
  outcome.subject = response.subject();
}

EchoRequest request_of(Kind kind) {
  EchoRequest request;
  request.set_text("text");
  if (kind == Kind::server_stream) request.set_count(kMessages);
  return request;
}

}  // namespace

Outcome call(Echo::Stub& echo, Kind kind, grpc::ClientContext& context) {
  const EchoRequest request = request_of(kind);
  EchoResponse response;
  Outcome outcome;
  switch (kind) {
    case Kind::unary:
      outcome.status = echo.Unary(&context, request, &response);
      if (outcome.status.ok()) note(outcome, response);
      break;
    case Kind::client_stream: {
      const auto writer = echo.ClientStream(&context, &response);
      for (int i = 0; i < kMessages && writer->Write(request); ++i) {
      }
      writer->WritesDone();
      outcome.status = writer->Finish();
      if (outcome.status.ok()) note(outcome, response);
      break;
    }
    case Kind::server_stream: {
      const auto reader = echo.ServerStream(&context, request);
      while (reader->Read(&response)) note(outcome, response);
      outcome.status = reader->Finish();
      break;
    }
    case Kind::bidi: {
      const auto stream = echo.Bidi(&context);
      for (int i = 0; i < kMessages && stream->Write(request); ++i) {
      }
      stream->WritesDone();
      while (stream->Read(&response)) note(outcome, response);
      outcome.status = stream->Finish();
      break;
    }
  }
  return outcome;
}

Outcome call(Echo::Stub& echo, Kind kind) {
  grpc::ClientContext context;
  return call(echo, kind, context);
}

namespace {

// Where the calls of one volley end.
struct Volley {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<Outcome> outcomes;
  int open = 0;

  void end(std::size_t index, Outcome outcome) {
    const std::lock_guard lock(mutex);
    outcomes[index] = std::move(outcome);
    if (--open == 0) changed.notify_all();
  }
};

// One call as a reactor that ends with it.
template <class Base>
struct CallOf : Base {
  Volley& volley;
  const std::size_t index;
  grpc::ClientContext context;
  EchoRequest request;
  EchoResponse response;
  Outcome outcome;
  int written = 0;

  CallOf(Volley& all, std::size_t number, Kind kind) : volley(all), index(number), request(request_of(kind)) {}
  void OnDone(const grpc::Status& status) override {
    outcome.status = status;
    Volley& all = volley;
    const std::size_t number = index;
    Outcome last = std::move(outcome);
    delete this;  // first: gRPC cannot end a channel on its own threads, and this may be the last to hold it
    all.end(number, std::move(last));
  }
};

struct ClientStreamCall final : CallOf<grpc::ClientWriteReactor<EchoRequest>> {
  using CallOf::CallOf;
  void next() {
    if (written++ < kMessages) StartWrite(&request);
    else StartWritesDone();
  }
  void OnWriteDone(bool ok) override {
    if (ok) next();
  }
  void OnDone(const grpc::Status& status) override {
    if (status.ok()) note(outcome, response);
    CallOf::OnDone(status);
  }
};

struct ServerStreamCall final : CallOf<grpc::ClientReadReactor<EchoResponse>> {
  using CallOf::CallOf;
  void OnReadDone(bool ok) override {
    if (!ok) return;
    note(outcome, response);
    StartRead(&response);
  }
};

struct BidiCall final : CallOf<grpc::ClientBidiReactor<EchoRequest, EchoResponse>> {
  using CallOf::CallOf;
  void next() {
    if (written++ < kMessages) StartWrite(&request);
    else StartWritesDone();
  }
  void OnWriteDone(bool ok) override {
    if (ok) next();
  }
  void OnReadDone(bool ok) override {
    if (!ok) return;
    note(outcome, response);
    StartRead(&response);
  }
};

struct UnaryCall {
  grpc::ClientContext context;
  EchoRequest request = request_of(Kind::unary);
  EchoResponse response;
};

void start(Echo::Stub& echo, Kind kind, Volley& volley, std::size_t index) {
  switch (kind) {
    case Kind::unary: {
      auto call = std::make_shared<UnaryCall>();
      echo.async()->Unary(&call->context, &call->request, &call->response, [call, &volley, index](const grpc::Status& status) mutable {
        Outcome outcome;
        outcome.status = status;
        if (status.ok()) note(outcome, call->response);
        call.reset();
        volley.end(index, std::move(outcome));
      });
      return;
    }
    case Kind::client_stream: {
      auto* const call = new ClientStreamCall(volley, index, kind);
      echo.async()->ClientStream(&call->context, &call->response, call);
      call->next();
      call->StartCall();
      return;
    }
    case Kind::server_stream: {
      auto* const call = new ServerStreamCall(volley, index, kind);
      echo.async()->ServerStream(&call->context, &call->request, call);
      call->StartRead(&call->response);
      call->StartCall();
      return;
    }
    case Kind::bidi: {
      auto* const call = new BidiCall(volley, index, kind);
      echo.async()->Bidi(&call->context, call);
      call->next();
      call->StartRead(&call->response);
      call->StartCall();
      return;
    }
  }
}

}  // namespace

std::vector<Outcome> call_at_once(Echo::Stub& echo, int calls) {
  Volley volley;
  volley.outcomes.resize(static_cast<std::size_t>(calls));
  volley.open = calls;
  for (int i = 0; i < calls; ++i) start(echo, kAllKinds[i % 4], volley, static_cast<std::size_t>(i));
  std::unique_lock lock(volley.mutex);
  volley.changed.wait(lock, [&] { return volley.open == 0; });
  return std::move(volley.outcomes);
}

std::string base64(const std::string& bytes) {
  constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) group = group << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    for (std::size_t k = 0; k < 4; ++k) out += i + k <= bytes.size() ? kLetters[group >> (18 - 6 * k) & 63] : '=';
  }
  return out;
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string text_of(const grpc::Status& status) {
  return std::to_string(status.error_code()) + " " + status.error_message();
}

}  // namespace authhost::test
