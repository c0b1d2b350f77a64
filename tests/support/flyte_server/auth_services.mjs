// AuthMetadataService and IdentityService, of today and of older servers: they differ in their package only.
import { unary } from './memory.mjs';

const metadataFields = [
  'issuer', 'authorization_endpoint', 'token_endpoint', 'response_types_supported', 'scopes_supported',
  'token_endpoint_auth_methods_supported', 'jwks_uri', 'code_challenge_methods_supported', 'grant_types_supported',
  'device_authorization_endpoint',
];
const identityFields = { sub: 'subject', name: 'name', preferred_username: 'preferred_username', given_name: 'given_name',
  family_name: 'family_name', email: 'email', picture: 'picture' };

function userInfo(claims) {
  const answer = {};
  const fields = {};
  for (const [name, value] of Object.entries(claims)) {
    if (identityFields[name]) answer[identityFields[name]] = value;
    else fields[name] = { stringValue: String(value) };
  }
  return { ...answer, additional_claims: { fields } };
}

export function authServices({ behaviour, calls, provider }) {
  const authMetadata = {
    GetOAuth2Metadata: unary(async () => {
      const said = provider ? await provider.discovery() : {};
      const known = Object.fromEntries(metadataFields.filter((name) => name in said).map((name) => [name, said[name]]));
      return { ...known, ...behaviour.oauth2_metadata };
    }),
    GetPublicClientConfig: unary(() => ({
      client_id: 'demo-cli', redirect_uri: 'http://localhost:53593/callback', scopes: ['openid', 'offline_access'],
      authorization_metadata_key: behaviour.header_key, ...behaviour.public_client,
    })),
  };
  const identity = {
    UserInfo: unary(async (_request, call) => {
      if (behaviour.identity) return userInfo(behaviour.identity);
      const authorization = call.metadata.get(behaviour.header_key)[0];
      // A service's token has no person behind it.
      const claims = provider && (await provider.userinfo(authorization).catch(() => undefined));
      return userInfo(claims ?? { sub: calls.of(call)?.subject });
    }),
  };
  return {
    'flyteidl2.auth.AuthMetadataService': authMetadata,
    'flyteidl.service.AuthMetadataService': authMetadata,
    'flyteidl2.auth.IdentityService': identity,
    'flyteidl.service.IdentityService': identity,
  };
}
