#include "clientset/call_auth.hpp"

#include "clientset/status.hpp"

#include "core/services/redact.hpp"

#include <grpc/slice.h>

#include <utility>

namespace authhost::clientset {

namespace {

thread_local int calls_that_end = 0;

// There is no login to go with; as opposed to one that cannot be reached or refreshed just now.
bool nothing_to_offer(Status status) {
  return status == Status::interaction_required || status == Status::invalid_grant || status == Status::invalid_config ||
         status == Status::protocol || status == Status::denied || status == Status::plugin;
}

grpc_metadata entry(std::string_view key, std::string_view value) {
  grpc_metadata out{};
  out.key = grpc_slice_from_copied_buffer(key.data(), key.size());
  out.value = grpc_slice_from_copied_buffer(value.data(), value.size());
  return out;
}

}  // namespace

bool CallAuth::Header::missing() const {
  if (refresher == nullptr) return false;
  const AuthMetadata& now = refresher->session().auth_metadata();
  return now.value.empty() || (rejected && now.creds_id == sent_id);
}

CallAuth::CallAuth(std::shared_ptr<ChannelAuth> channel, Carries carries, std::shared_ptr<grpc::CallCredentials> own)
    : channel_(std::move(channel)), own_(std::move(own)) {
  if (carries.token) token_.refresher = channel_->main();
  if (carries.proxy_token) proxy_token_.refresher = channel_->proxy();
}

bool CallAuth::ending() noexcept { return calls_that_end > 0; }

void CallAuth::unref() noexcept {
  if (references_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  ++calls_that_end;
  delete this;
  --calls_that_end;
}

bool CallAuth::start(grpc_call* call) {
  call_ = call;
  grpc_call_ref(call);
  if (own_ && !own_->ApplyToCall(call)) return false;
  if (can_watch_attempts() && watch_.start(call, *this)) {
    watched_ = true;
    ref();  // given back by call_destroyed
  }
  // Who cannot see why there is a second attempt has to be asked for it.
  const bool simple = watched_ && token_.refresher != nullptr && proxy_token_.refresher == nullptr;
  auto entry = channel_->enter(*this, simple);
  if (!entry.refusal.ok()) stop(entry.refusal);
  if (entry.has_credentials) {
    token_.sent_id = std::move(entry.id);
  } else if (token_.refresher != nullptr || proxy_token_.refresher != nullptr) {
    use_plugin();
  }
  return true;
}

void CallAuth::context_ended() noexcept {
  released_.store(true, std::memory_order_relaxed);
  channel_->leave_for_good(*this);
  if (call_ != nullptr) grpc_call_unref(call_);
  unref();
}

void CallAuth::use_plugin() {
  has_plugin_ = true;
  grpc_metadata_credentials_plugin plugin{};
  plugin.get_metadata = &CallAuth::ask;
  plugin.destroy = [](void* self) { static_cast<CallAuth*>(self)->unref(); };
  plugin.state = this;
  plugin.type = "authhost";
  ref();  // given back by destroy
  // No security level is asked for: on a plaintext channel the program has said that it wants that.
  grpc_call_credentials* const credentials = grpc_metadata_credentials_create_from_plugin(plugin, GRPC_SECURITY_NONE, nullptr);
  grpc_call_set_credentials(call_, credentials);
  grpc_call_credentials_release(credentials);
}

void CallAuth::stop(const grpc::Status& status) const {
  stopped_.store(true, std::memory_order_relaxed);
  grpc_call_cancel_with_status(call_, static_cast<grpc_status_code>(status.error_code()), status.error_message().c_str(), nullptr);
}

// ---- the metadata of an attempt ----

int CallAuth::ask(void* self, grpc_auth_metadata_context, grpc_credentials_plugin_metadata_cb answer, void* request,
                  grpc_metadata metadata[GRPC_METADATA_CREDENTIALS_PLUGIN_SYNC_MAX], std::size_t* size, grpc_status_code* status,
                  const char** details) {
  CallAuth& call = *static_cast<CallAuth*>(self);
  // Who cannot see why there is another attempt has to take it for a rejection.
  if (++call.asked_ > 1 && !call.watched_) reject(call.token_);
  if (Header* const header = call.first_missing()) {
    if (!call.channel_->hold(call)) {
      *size = 0;
      *status = GRPC_STATUS_CANCELLED;
      *details = nullptr;
      return 1;
    }
    call.ref();
    call.get(*header, answer, request);
    return 0;
  }
  *size = call.fill(metadata);
  *status = GRPC_STATUS_OK;
  *details = nullptr;
  return 1;
}

CallAuth::Header* CallAuth::first_missing() {
  if (proxy_token_.missing()) return &proxy_token_;
  if (!token_.missing()) return nullptr;
  const bool bare = channel_->policy() == ChannelAuth::Policy::lazy && channel_->known_bare() && !token_.rejected;
  return bare ? nullptr : &token_;
}

void CallAuth::get(Header& header, grpc_credentials_plugin_metadata_cb answer, void* request) {
  // Only a server that wants a login makes a lazy channel bother a person.
  const bool may_interact = channel_->may_interact() && (channel_->policy() == ChannelAuth::Policy::required || header.rejected);
  header.refresher->want(header.rejected ? header.sent_id : "", may_interact,
                         [this, &header, answer, request](const Error* error) { got(header, error, answer, request); });
}

// On the refresher's thread. gRPC waits for `answer`, which is given once, even to a call that has ended meanwhile.
void CallAuth::got(Header& header, const Error* error, grpc_credentials_plugin_metadata_cb answer, void* request) {
  const bool bare = error != nullptr && !header.rejected && &header == &token_ && channel_->policy() == ChannelAuth::Policy::lazy &&
                    nothing_to_offer(error->status);
  if (bare) {
    channel_->set_known_bare(true);
    error = nullptr;
  }
  // Logged out, or past its end, since: a channel that must not go without does not.
  const Error gone{Status::unavailable, "the token was taken away before the call had it", "try again, or log in again"};
  if (error == nullptr && !bare && header.missing()) error = &gone;
  if (error != nullptr) {
    stop({rejected_with_ == grpc::StatusCode::OK ? code_of(error->status) : rejected_with_, remembered_text(rejection_, *error)});
    answer(request, nullptr, 0, GRPC_STATUS_UNAVAILABLE, "the call was stopped");
  } else {
    if (Header* const next = bare ? nullptr : first_missing(); next != nullptr && next != &header) {
      get(*next, answer, request);
      return;
    }
    grpc_metadata metadata[GRPC_METADATA_CREDENTIALS_PLUGIN_SYNC_MAX];
    const std::size_t size = fill(metadata);
    answer(request, metadata, size, GRPC_STATUS_OK, nullptr);
    for (std::size_t i = 0; i < size; ++i) {
      grpc_slice_unref(metadata[i].key);
      grpc_slice_unref(metadata[i].value);
    }
  }
  grpc_call_unref(call_);
  unref();
}

std::size_t CallAuth::fill(grpc_metadata metadata[GRPC_METADATA_CREDENTIALS_PLUGIN_SYNC_MAX]) {
  std::size_t size = 0;
  for (Header* const header : {&token_, &proxy_token_}) {
    if (header->refresher == nullptr) continue;
    const AuthMetadata& now = header->refresher->session().auth_metadata();
    header->sent_id = now.value.empty() ? "" : now.creds_id;
    header->rejected = false;
    if (!now.value.empty()) metadata[size++] = entry(header == &token_ ? now.header_key : "proxy-authorization", now.value);
  }
  return size;
}

// ---- what becomes of an attempt ----

void CallAuth::attempt_started(bool transparent) noexcept {
  if (!transparent) {
    ++attempts_;
    return;
  }
  if (troubles_ > 0) --troubles_;
  if (!channel_->come_back(*this)) stop(ChannelAuth::closed());
}

void CallAuth::attempt_ended(grpc::StatusCode code, std::string_view message) noexcept {
  if (stopped_.load(std::memory_order_relaxed)) return channel_->leave(*this);
  if (released_.load(std::memory_order_relaxed)) {
    if (channel_->repeats(code) && channel_->main() != nullptr) stop({code, std::string(message)});  // not ours to repeat
    return;
  }
  if (channel_->repeats(code)) {
    const bool repeat = may_repeat(code, message);
    if (attempts_ >= channel_->most_attempts()) return channel_->leave(*this);  // gRPC ends it by itself
    if (repeat) {
      if (token_.rejected && !has_plugin_) use_plugin();
      return;
    }
    stop({code, std::string(message)});  // gRPC would go on
  }
  channel_->leave(*this);
}

// gRPC's policy knows codes alone; here is what it does not know.
bool CallAuth::may_repeat(grpc::StatusCode code, std::string_view message) {
  switch (code) {
    case grpc::StatusCode::UNAUTHENTICATED:
      rejected(code, message);
      return may_refresh(token_, channel_->token_brake());
    case grpc::StatusCode::PERMISSION_DENIED:  // no answer to a token that was sent: another one has the same rights
      rejected(code, message);
      return token_.sent_id.empty() && may_refresh(token_, channel_->token_brake());
    case grpc::StatusCode::UNKNOWN:  // what gRPC makes of a proxy's 407
      rejected(code, message);
      return message == "Received http2 header with status: 407" && may_refresh(proxy_token_, channel_->proxy_brake());
    default:
      return ++troubles_ <= channel_->rpc_retries() && !says_untrusted(message);  // no wait mends a certificate
  }
}

void CallAuth::rejected(grpc::StatusCode code, std::string_view message) {
  rejected_with_ = code;
  rejection_ = safe_text(message, 300);  // our own reason comes after it
}

bool CallAuth::reject(Header& header) {
  if (header.refresher == nullptr || std::exchange(header.repeated, true)) return false;
  return header.rejected = true;
}

bool CallAuth::may_refresh(Header& header, Brake& brake) {
  if (header.refresher == nullptr || header.repeated) return false;
  // Somebody has got another one already: that costs nothing.
  const AuthMetadata& now = header.refresher->session().auth_metadata();
  const bool there = !now.value.empty() && now.creds_id != header.sent_id;
  if ((!there && !brake.allows(header.sent_id)) || !reject(header)) return false;
  // At once, and not only when the repeat asks for it: gRPC may see to it that there is none.
  if (!there) header.refresher->want(header.sent_id, channel_->may_interact(), [](const Error*) {});
  return true;
}

}  // namespace authhost::clientset
