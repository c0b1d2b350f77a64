// A certified OpenID provider (oidc-provider) on a free loopback port, for the end-to-end tests.
//
// First line: {"issuer":"http://127.0.0.1:PORT","port":PORT}. Ends when stdin closes. Steering, as far as it goes, is the demo
// provider's: GET /__log, POST /__control, POST /__reset. Controls:
//   {"approve": "USER-CODE" | "*"}, {"deny": …}      what the person answers on the device page, at the next poll at the latest
//   {"login": "auto" | "page"}                       whether a login needs a person on a page (default: page)
//   {"interval": 1 | null}                           of the device flow; the provider itself says none
//   {"token": {"error"|"status"|"body"|"retry_after"|"content_type"|"drop": …, "times": n, "grant": "…"}}   faults of an endpoint
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import { Provider, errors } from 'oidc-provider';
import { handleDevicePage, handleInteraction } from './pages.mjs';

const paths = { '/token': 'token', '/device_authorization': 'device_authorization', '/revoke': 'revoke', '/auth': 'authorize' };
const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code';
let log = [];
let faults = {};
const initial = { login: 'page', interval: 1 };
let settings = { ...initial };
let decisions = new Map(); // user code, without its dash -> approve | deny

const server = createServer();
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const { port } = server.address();
const issuer = `http://127.0.0.1:${port}`;

const key = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' });
const provider = new Provider(issuer, {
  jwks: { keys: [{ ...key, kid: 'test-1', use: 'sig', alg: 'RS256' }] },
  clients: [
    {
      client_id: 'demo-cli', application_type: 'native', token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'refresh_token', deviceGrant], response_types: ['code'],
      redirect_uris: ['http://127.0.0.1/callback', 'http://localhost/callback'],
    },
    {
      client_id: 'demo-service', client_secret: 'demo-secret', token_endpoint_auth_method: 'client_secret_basic',
      grant_types: ['client_credentials'], response_types: [], redirect_uris: [],
    },
    {
      client_id: 'demo-service-post', client_secret: 'demo-secret', token_endpoint_auth_method: 'client_secret_post',
      grant_types: ['client_credentials'], response_types: [], redirect_uris: [],
    },
    {
      client_id: 'client', client_secret: 'a+b c/%~:', token_endpoint_auth_method: 'client_secret_basic',
      grant_types: ['client_credentials'], response_types: [], redirect_uris: [],
    },
  ],
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    deviceFlow: { enabled: true, mask: '****-****', charset: 'base-20' },
    revocation: { enabled: true },
    introspection: { enabled: true },
    userinfo: { enabled: true },
  },
  routes: {
    authorization: '/auth', token: '/token', device_authorization: '/device_authorization', code_verification: '/device',
    revocation: '/revoke', introspection: '/introspect', userinfo: '/userinfo', jwks: '/jwks',
  },
  pkce: { required: () => true },
  rotateRefreshToken: true,
  // oidc-provider gives refresh tokens only with offline_access.
  scopes: ['openid', 'offline_access', 'profile', 'email', 'all'],
  claims: { openid: ['sub'], profile: ['name'], email: ['email'] },
  ttl: { AccessToken: 300, ClientCredentials: 300, DeviceCode: 600, RefreshToken: 3600, Session: 3600, Grant: 3600, Interaction: 600, IdToken: 300 },
  cookies: { keys: ['only for tests'] },
  findAccount: (_ctx, sub) => ({ accountId: sub, claims: () => ({ sub, name: 'Alice Example', email: 'alice@example.com' }) }),
  interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
});
// RFC 8252, section 7.3: any port of a loopback redirect. The path too: a client makes it differ between issuers.
const redirectUriAllowed = provider.Client.prototype.redirectUriAllowed;
provider.Client.prototype.redirectUriAllowed = function allowed(value) {
  const url = URL.canParse(value) && new URL(value);
  if (url && this.clientId === 'demo-cli' && url.protocol === 'http:' && ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname)) return true;
  return redirectUriAllowed.call(this, value);
};

provider.use(async (ctx, next) => {
  await next();
  if (ctx.path === '/device_authorization' && ctx.body?.device_code && settings.interval) ctx.body.interval = settings.interval;
});

// The person's answer to a device code is given through the same adapter that the page uses.
async function applyDecision(deviceCode) {
  const code = await provider.DeviceCode.find(deviceCode, { ignoreExpiration: true });
  if (!code || code.accountId || code.error) return;
  const decision = decisions.get(code.userCode) ?? decisions.get('*');
  if (!decision) return;
  if (decision === 'deny') {
    Object.assign(code, { error: 'access_denied', errorDescription: 'The person said no' });
  } else {
    const grant = new provider.Grant({ accountId: 'alice', clientId: code.clientId });
    grant.addOIDCScope(code.params.scope ?? '');
    Object.assign(code, {
      accountId: 'alice', grantId: await grant.save(), scope: code.params.scope, claims: {}, authTime: Math.floor(Date.now() / 1000),
      sessionUid: 'device', expiresWithSession: false, nonce: code.params.nonce, acr: undefined, amr: undefined,
    });
  }
  await code.save();
}

function takeFault(endpoint, form) {
  const fault = faults[endpoint];
  if (!fault || (fault.grant && fault.grant !== form.grant_type) || fault.times === 0) return null;
  if (fault.times > 0) fault.times -= 1;
  return fault;
}

async function readBody(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

function answer(response, status, body, headers = {}) {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}

function administer(path, body, response) {
  if (path === '/__log') return answer(response, 200, log);
  if (path === '/__clear_log') log = [];
  if (path === '/__reset') { log = []; faults = {}; decisions = new Map(); settings = { ...initial }; }
  if (path === '/__control') {
    for (const [name, value] of Object.entries(JSON.parse(body))) {
      if (name === 'approve' || name === 'deny') decisions.set(value.replaceAll('-', ''), name);
      else if (Object.values(paths).includes(name)) faults[name] = value;
      else settings[name] = value;
    }
  }
  return answer(response, 200, { ok: true });
}

const start = Date.now();
const handle = provider.callback();
server.on('request', async (request, response) => {
  try {
    const url = new URL(request.url, issuer);
    const path = url.pathname;
    const body = request.method === 'POST' ? await readBody(request) : '';
    if (path.startsWith('/__')) return administer(path, body, response);
    const form = Object.fromEntries(new URLSearchParams(body));
    const entry = {
      n: log.length, t_ms: Date.now() - start, method: request.method, path, query: Object.fromEntries(url.searchParams), form,
      headers: request.headers, status: null,
    };
    log.push(entry);
    response.on('finish', () => { entry.status = response.statusCode; });
    const fault = takeFault(paths[path], form);
    if (fault?.drop === 'before') return request.socket.destroy();
    if (fault?.error) return answer(response, fault.status ?? 400, { error: fault.error });
    if (fault?.status) {
      const headers = { 'content-type': fault.content_type ?? 'application/json' };
      if (fault.retry_after !== undefined) headers['retry-after'] = String(fault.retry_after);
      return answer(response, fault.status, fault.body ?? { error: 'server_error' }, headers);
    }
    if (form.grant_type === deviceGrant) await applyDecision(form.device_code);
    // The provider takes a body that was read already from here.
    if (body) request.body = body;
    if (path.startsWith('/interaction/')) return await handleInteraction(provider, request, response, settings, form);
    if (path === '/device' && settings.device_page !== 'own') return handleDevicePage(response, request, url, form, decisions);
    return handle(request, response);
  } catch (error) {
    console.error(error instanceof errors.OIDCProviderError ? error.error_description : error);
    if (!response.headersSent) answer(response, 500, { error: 'server_error' });
  }
});

console.log(JSON.stringify({ issuer, port }));
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
