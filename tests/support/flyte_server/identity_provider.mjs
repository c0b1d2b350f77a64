// The identity provider whose tokens this server takes.
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';

// Both providers of the tests know this client; a resource server may ask for any token (RFC 7662, section 2.1).
const credentials = `Basic ${Buffer.from('demo-service:demo-secret').toString('base64')}`;

export class IdentityProvider {
  #discovery;

  constructor(issuer, caFile) {
    this.issuer = issuer;
    const { Agent } = issuer.startsWith('https:') ? https : http;
    this.agent = new Agent({ keepAlive: true, ca: caFile && readFileSync(caFile) });
  }

  introspect(token) {
    const body = new URLSearchParams({ token, token_type_hint: 'access_token' }).toString();
    return this.#ask('/introspect', { authorization: credentials, 'content-type': 'application/x-www-form-urlencoded' }, body);
  }

  userinfo(authorization) {
    return this.#ask('/userinfo', { authorization });
  }

  discovery() {
    this.#discovery ??= this.#ask('/.well-known/openid-configuration').catch((error) => {
      this.#discovery = undefined;
      throw error;
    });
    return this.#discovery;
  }

  #ask(path, headers = {}, body = undefined) {
    const url = this.issuer + path;
    const { request } = url.startsWith('https:') ? https : http;
    return new Promise((resolve, reject) => {
      const fail = (why) => reject(new Error(`the identity provider does not answer ${path}: ${why}`));
      const asked = request(url, { method: body === undefined ? 'GET' : 'POST', headers, agent: this.agent }, async (response) => {
        const chunks = [];
        for await (const chunk of response) chunks.push(chunk);
        if (response.statusCode !== 200) return fail(response.statusCode);
        return resolve(JSON.parse(Buffer.concat(chunks).toString()));
      });
      asked.on('error', (error) => fail(error.message));
      asked.end(body);
    });
  }
}
