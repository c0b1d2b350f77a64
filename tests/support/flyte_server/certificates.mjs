// An authority of its own, a certificate for this server and one for a client, in a folder that goes when the process does.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
const names = {
  good: 'DNS:localhost,IP:127.0.0.1,IP:::1',
  expired: 'DNS:localhost,IP:127.0.0.1,IP:::1',
  'wrong-host': 'DNS:elsewhere.example',
};

// kind: good | expired | wrong-host. Returns the names of the files.
export function makeCertificates(kind) {
  if (!names[kind]) throw new Error(`--tls is one of ${Object.keys(names)}`);
  const folder = mkdtempSync(join(tmpdir(), 'authhost-test-'));
  process.on('exit', () => rmSync(folder, { recursive: true }));
  const file = (name) => join(folder, name);
  const openssl = (...args) => execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });

  openssl('req', '-x509', ...key, '-keyout', file('ca.key'), '-out', file('ca.pem'), '-days', '2', '-subj', '/CN=Test authority');
  const sign = (name, extension, days) => {
    openssl('req', ...key, '-keyout', file(`${name}.key`), '-out', file(`${name}.csr`), '-subj', `/CN=${name}`, '-addext', extension);
    openssl('x509', '-req', '-in', file(`${name}.csr`), '-CA', file('ca.pem'), '-CAkey', file('ca.key'), '-CAcreateserial',
      '-copy_extensions', 'copy', '-days', days, '-out', file(`${name}.pem`));
  };
  sign('server', `subjectAltName=${names[kind]}`, kind === 'expired' ? '-1' : '2');
  sign('client', 'extendedKeyUsage=clientAuth', '2');
  return {
    ca: file('ca.pem'), key: file('server.key'), certificate: file('server.pem'),
    clientCertificate: file('client.pem'), clientKey: file('client.key'),
  };
}
