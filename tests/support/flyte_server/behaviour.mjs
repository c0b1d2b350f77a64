// How the server is to behave: settings, and faults that calls meet in order.
const faults = ['status', 'delay_ms', 'drop', 'fail_after_messages'];
// What a bare number says, for each fault.
const shorthand = {
  delay_ms: (ms) => ({ ms }),
  drop: (times) => ({ times }),
  fail_after_messages: (messages) => ({ messages }),
};
const defaults = {
  header_key: 'authorization', auth_required: true, reject: null, cache: true, tokens: null, missing_token_code: 16,
  unimplemented: [], html: null, cluster_endpoint: null, oauth2_metadata: {}, public_client: {}, identity: null, watch: 'stay',
  log_lines: 3,
};

// "*", "Unary", "Echo", "authhost.test", "authhost.test.Echo", "authhost.test.Echo/Unary", each also with "/" before it.
export function matches(pattern, path) {
  if (pattern === undefined || pattern === '*') return true;
  const [, service, method] = path.split('/');
  const wanted = pattern.replace(/^\//, '');
  const parts = service.split('.');
  return [`${service}/${method}`, method, service, parts.at(-1), parts.slice(0, -1).join('.')].includes(wanted);
}

export class Behaviour {
  #initial;
  #faults;

  constructor(initial) {
    this.#initial = initial;
    this.reset();
  }

  reset() {
    this.#faults = {};
    Object.assign(this, structuredClone(defaults));
    for (const [name, value] of Object.entries(this.#initial)) this.set(name, value, this.#initial);
  }

  // `beside`: the whole object, where a bare number's "method" stands.
  set(name, value, beside) {
    if (faults.includes(name)) {
      const read = (fault) => (typeof fault === 'number' ? { ...shorthand[name](fault), method: beside.method } : { ...fault });
      // As with the demo provider: one fault is for every call, a sequence is one call each, unless they say `times`.
      this.#faults[name] = (Array.isArray(value) ? value.map((fault) => ({ times: 1, ...read(fault) })) : [value].filter(Boolean).map(read));
    } else if (name in defaults) {
      this[name] = value ?? structuredClone(defaults[name]);
    } else if (name !== 'method') {
      throw new Error(`there is no control ${name}`);
    }
  }

  // The fault that this call meets, counted; undefined if none.
  take(name, path) {
    const found = this.#faults[name]?.find((fault) => fault.times !== 0 && matches(fault.method, path));
    if (found?.times > 0) found.times -= 1;
    return found;
  }

  isUnimplemented(path) {
    return this.unimplemented.some((pattern) => matches(pattern, path));
  }

  // "always", or a number of calls.
  takeRejection() {
    if (!this.reject) return false;
    if (typeof this.reject === 'number') this.reject -= 1;
    return true;
  }
}
