// A Flyte server that shares no code with authhost: npm's @grpc/grpc-js on a loopback port, from the project's own .proto files.
// README.md has the flags, what it can be told while it runs, and the log.
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import { Behaviour } from './behaviour.mjs';
import { Calls } from './calls.mjs';
import { makeCertificates } from './certificates.mjs';
import { Endpoint } from './endpoint.mjs';
import { IdentityProvider } from './identity_provider.mjs';
import { Memory } from './memory.mjs';
import { addServices } from './services.mjs';
import { Tokens } from './tokens.mjs';

const { values: flags } = parseArgs({
  options: {
    plaintext: { type: 'boolean' },
    tls: { type: 'string' }, // good | expired | wrong-host
    'client-certificate': { type: 'boolean' },
    port: { type: 'string', default: '0' },
    idp: { type: 'string' },
    'idp-ca': { type: 'string' },
    'header-key': { type: 'string', default: 'authorization' },
    control: { type: 'string', default: '{}' },
  },
});
if (!flags.plaintext === !flags.tls) {
  console.error('usage: server.mjs --plaintext | --tls good|expired|wrong-host [--client-certificate] [--port N] [--idp URL]\n' +
    '                  [--idp-ca FILE] [--header-key NAME] [--control JSON]');
  process.exit(2);
}

const start = { header_key: flags['header-key'], ...JSON.parse(flags.control) };
const behaviour = new Behaviour(start);
const provider = flags.idp && new IdentityProvider(flags.idp, flags['idp-ca']);
const tokens = new Tokens(provider, behaviour);
const calls = new Calls(behaviour, tokens);
const certificates = flags.tls && makeCertificates(flags.tls);
const endpoint = new Endpoint(calls, certificates, flags['client-certificate'], behaviour);
const memory = new Memory();
addServices(endpoint.grpc, { behaviour, calls, memory, provider });
await endpoint.listen(Number(flags.port));

// All that one POST says happens before it is answered.
async function control(settings) {
  for (const [name, value] of Object.entries(settings)) {
    if (name === 'stale') tokens.makeStale();
    else if (name === 'down') await (value ? endpoint.close() : endpoint.listen(endpoint.port));
    else if (name === 'disconnect') endpoint.disconnect();
    else if (name === 'clear_log') calls.clear();
    else if (name === 'reset') await reset();
    else behaviour.set(name, value, settings);
    if (name === 'html') endpoint.disconnect(); // what is connected speaks gRPC, or HTML, to its end
  }
}

async function reset() {
  const was = Boolean(behaviour.html);
  behaviour.reset();
  if (was || behaviour.html) endpoint.disconnect();
  tokens.clear();
  calls.clear();
  memory.reset();
  await endpoint.listen(endpoint.port);
}

const routes = {
  '/__log': () => calls.log,
  '/__connections': () => endpoint.connections,
  '/__clear_log': () => calls.clear(),
  '/__reset': reset,
  '/__control': (body) => control(JSON.parse(body)),
};
const steering = createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const answer = (status, body) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  };
  try {
    const route = routes[request.url];
    if (!route) return answer(404, { ok: false, message: 'unknown path' });
    return answer(200, (await route(Buffer.concat(chunks).toString())) ?? { ok: true });
  } catch (error) {
    return answer(400, { ok: false, message: error.message });
  }
});
await new Promise((resolve) => steering.listen(0, '127.0.0.1', resolve));

console.log(JSON.stringify({
  port: endpoint.port, control: steering.address().port, ca: certificates?.ca,
  client_certificate: certificates?.clientCertificate, client_key: certificates?.clientKey,
}));
const end = () => process.exit(0);
process.stdin.resume();
process.stdin.on('end', end);
process.on('SIGTERM', end);
