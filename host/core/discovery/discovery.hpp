// Discovery: what the server says about its OAuth endpoints and its public client.
#pragma once

#include "core/config/profile.hpp"
#include "core/discovery/flyte_rpc.hpp"
#include "core/services/http.hpp"

#include <authhost/client_config.hpp>

namespace authhost {

// What of a profile no server could heal: an address that must not be used, discovery where nobody can be asked. Without any
// request. INVALID_CONFIG with file and line where they are known.
Result<void> check_client_config(const config::Profile& profile);

// The client config of a profile: discovered (none | oidc | flyte), with the local values over it, checked (https, no
// userinfo, issuer identical). INVALID_CONFIG, UNAVAILABLE, PROTOCOL with the URL and what was wrong with its answer.
//   oidc:  issuer + /.well-known/openid-configuration (OpenID Connect Discovery) or RFC 8414's
//          /.well-known/oauth-authorization-server; needs `issuer`
//   flyte: {GetOAuth2Metadata,GetPublicClientConfig} of flyteidl2.auth.AuthMetadataService, then of the older package
//          flyteidl.service, through `rpc` (null: Connect over `http` alone); and
//          https://ENDPOINT/.well-known/oauth-authorization-server where the first is unimplemented
// No request is made when every endpoint that could be asked for is configured already.
Result<ClientConfig> resolve_client_config(const config::Profile& profile, Http& http, const Call& call,
                                           FlyteRpc* rpc = nullptr);

}  // namespace authhost
