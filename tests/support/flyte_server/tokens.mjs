// Which bearer tokens are good. The identity provider says so; tests can make the ones that were seen stale.
const bearer = 'Bearer ';
const longestTimer = 2 ** 31 - 1; // ms; Node takes a longer one for 1 ms

export class Tokens {
  #seen = new Set();
  #stale = new Set();
  #answers = new Map(); // token -> promise of what introspection says
  #provider;
  #behaviour;

  constructor(provider, behaviour) {
    this.#provider = provider;
    this.#behaviour = behaviour;
  }

  clear() {
    this.#seen.clear();
    this.#stale.clear();
    this.#answers.clear();
  }

  makeStale() {
    for (const token of this.#seen) this.#stale.add(token);
    this.#answers.clear();
  }

  // {verdict: "accepted" | "missing" | "malformed" | "stale" | "rejected" | "inactive", subject}
  async judge(header) {
    if (header === undefined) return { verdict: 'missing' };
    if (!header.startsWith(bearer) || header.length === bearer.length) return { verdict: 'malformed' };
    const token = header.slice(bearer.length);
    this.#seen.add(token);
    if (this.#stale.has(token)) return { verdict: 'stale' };
    if (this.#behaviour.takeRejection()) return { verdict: 'rejected' };
    if (this.#behaviour.tokens && !this.#behaviour.tokens.includes(token)) return { verdict: 'rejected' };
    if (!this.#provider) return { verdict: 'accepted', subject: '' };
    const answer = await this.#introspect(token);
    // It may have become stale while the provider was asked.
    if (this.#stale.has(token)) return { verdict: 'stale' };
    return answer.active ? { verdict: 'accepted', subject: answer.sub ?? answer.client_id ?? '' } : { verdict: 'inactive' };
  }

  #introspect(token) {
    const known = this.#behaviour.cache && this.#answers.get(token);
    if (known) return known;
    const answer = this.#provider.introspect(token);
    this.#answers.set(token, answer);
    const forget = () => this.#answers.get(token) === answer && this.#answers.delete(token);
    // Until the token's own end; a failure not at all.
    answer.then(({ active, exp }) => {
      if (!active) forget();
      else if (exp) setTimeout(forget, Math.min(exp * 1000 - Date.now(), longestTimer)).unref();
    }, forget);
    return answer;
  }
}
