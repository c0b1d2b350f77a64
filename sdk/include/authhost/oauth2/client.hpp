// Client: who asks for tokens, and how it proves that (RFC 6749, section 2.3).
#pragma once

#include <authhost/context.hpp>
#include <authhost/oauth2/form.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace authhost::oauth2 {

enum class ClientAuth {
  none,   // public client: client_id in the body
  basic,  // client_secret_basic
  post,   // client_secret_post
};

struct Client {
  std::string id;
  Secret secret = {};
  ClientAuth auth = ClientAuth::none;
};

// The value of `authorization` for client_secret_basic. RFC 6749, section 2.3.1: id and secret are form-encoded, both,
// before they are joined.
inline Result<Secret> basic_authorization(Context& context, const Client& client) {
  Secret pair;
  const auto append = [&](std::string_view piece) { pair.append(piece); };
  text::form_encode(client.id, append);
  pair.append(":");
  text::form_encode(client.secret.reveal(), append);
  AUTHHOST_TRY(encoded, context.crypto().base64(pair.reveal()));
  Secret value("Basic ");
  value.append(encoded.reveal());
  return value;
}

// A public client under the configured id.
inline Result<Client> public_client(Context& context) {
  if (context.client_config().client_id.empty()) {
    return Error{Status::invalid_config, "no client_id is known for this endpoint",
                 "set client_id in [profiles.NAME.client], or a discovery that knows it", -1};
  }
  return Client{context.client_config().client_id};
}

}  // namespace authhost::oauth2
