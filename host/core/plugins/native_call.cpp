#include "core/plugins/native_call.hpp"

namespace authhost::plugins {

CRequest::CRequest(const RefreshRequest& request, const Call& call, Arena& arena) {
  static const ClientConfig kNothing;
  const ClientConfig& config = request.client_config != nullptr ? *request.client_config : kNothing;
  config_.size = sizeof config_;
  config_.issuer = borrow(config.issuer);
  config_.token_endpoint = borrow(config.token_endpoint);
  config_.authorization_endpoint = borrow(config.authorization_endpoint);
  config_.device_authorization_endpoint = borrow(config.device_authorization_endpoint);
  config_.revocation_endpoint = borrow(config.revocation_endpoint);
  config_.redirect_uri = borrow(config.redirect_uri);
  config_.client_id = borrow(config.client_id);
  config_.audience = borrow(config.audience);
  config_.header_key = borrow(config.header_key);
  config_.scopes = arena.list(config.scopes);
  config_.n_scopes = config.scopes.size();
  config_.code_challenge_methods = arena.list(config.code_challenge_methods);
  config_.n_code_challenge_methods = config.code_challenge_methods.size();
  config_.iss_parameter_supported = config.iss_parameter_supported ? 1 : 0;

  refresh_.size = sizeof refresh_;
  refresh_.reason = static_cast<std::int32_t>(request.reason);
  refresh_.may_interact = call.may_interact ? 1 : 0;
  refresh_.endpoint = borrow(request.endpoint);
  refresh_.client_config = &config_;
  if (request.previous != nullptr) {
    set_previous(*request.previous, arena);
    refresh_.previous = &previous_;
  }
}

void CRequest::set_previous(const Credentials& credentials, Arena& arena) {
  previous_.size = sizeof previous_;
  previous_.access_token = borrow(credentials.access_token.reveal());
  previous_.token_type = borrow(credentials.token_type);
  previous_.refresh_token = borrow(credentials.refresh_token.reveal());
  previous_.id_token = borrow(credentials.id_token.reveal());
  previous_.expires_in_s = credentials.expires_in ? credentials.expires_in->count() : -1;
  previous_.expires_at_ms = -1;
  if (credentials.expires_at) {
    previous_.expires_at_ms = std::chrono::floor<Milliseconds>(credentials.expires_at->time_since_epoch()).count();
  }
  previous_.scopes = arena.list(credentials.scopes);
  previous_.n_scopes = credentials.scopes.size();
  previous_.id = borrow(credentials.id);
}

const authhost_revoke* revoker(const authhost_descriptor& descriptor) {
  if (!AUTHHOST_HAS_FIELD(&descriptor, authhost_descriptor, get_extension) || descriptor.get_extension == nullptr) return nullptr;
  const auto* table = static_cast<const authhost_revoke*>(descriptor.get_extension(AUTHHOST_EXT_REVOKE));
  if (table == nullptr || !AUTHHOST_HAS_FIELD(table, authhost_revoke, revoke)) return nullptr;
  return table->revoke != nullptr ? table : nullptr;
}

}  // namespace authhost::plugins
