// Who a token speaks for: as the server says it when it is asked, or as an ID token says it.
#pragma once

#include "core/discovery/flyte_rpc.hpp"
#include "core/services/http.hpp"

#include <authhost/result.hpp>
#include <authhost/secret.hpp>

#include <string>
#include <string_view>

namespace authhost {

struct IdentityAnswer {
  enum class Kind {
    claims,    // `text` is a JSON object with the names of OpenID Connect Core 1.0, section 5.1
    nothing,   // the server does not say who somebody is, or not of this token
    rejected,  // it rejects the token; `text` is what it says about that, safe to show
  } kind = Kind::nothing;
  std::string text = {};
};

// IdentityService/UserInfo of a Flyte server, of today's package and then of the older one. Errors as for FlyteRpc::call.
Result<IdentityAnswer> ask_identity_service(FlyteRpc& rpc, const Secret& token, std::string_view header_key, const Call& call);

// The userinfo endpoint (OpenID Connect Core 1.0, section 5.3). DENIED: the token's scopes do not allow it. UNAVAILABLE,
// PROTOCOL, INVALID_CONFIG: an address that must not be asked.
Result<IdentityAnswer> ask_userinfo(Http& http, const std::string& url, const Secret& token, const Call& call);

// The claims of an ID token, which was checked when it came: nothing is verified here.
IdentityAnswer read_id_token(const Secret& id_token);

// "sub" of claims; "" without.
std::string subject_of(std::string_view claims);

}  // namespace authhost
