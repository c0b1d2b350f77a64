// Every call on its way to its handler: the log, the token check, and the faults it meets.
import grpc from '@grpc/grpc-js';

const { status: codes } = grpc;
// Set by Endpoint in each call's headers: the number under which `arrived` knows the call.
export const callHeader = 'x-test-server-call';

// [name, value, name, value, …] -> an object; a name that came twice has a list.
function group(raw) {
  const out = {};
  for (let i = 0; i < raw.length; i += 2) {
    const [name, value] = [raw[i], raw[i + 1]];
    if (!(name in out)) out[name] = value;
    else out[name] = [out[name], value].flat();
  }
  return out;
}

const first = (value) => (Array.isArray(value) ? value[0] : value);

function trailers(values = {}) {
  const out = new grpc.Metadata();
  for (const [name, value] of Object.entries(values)) for (const one of [value].flat()) out.add(name, one);
  return out;
}

export class Calls {
  log = [];
  #start = Date.now();
  #behaviour;
  #tokens;
  #open = new Map(); // call number -> {entry, connection}
  #last = 0;
  #attempts = new Map(); // method and x-request-id -> calls

  constructor(behaviour, tokens) {
    this.#behaviour = behaviour;
    this.#tokens = tokens;
  }

  clear() {
    this.log = [];
    this.#attempts.clear();
  }

  // The headers are here, as they came; returns the call's number.
  arrived(rawHeaders, connection) {
    const headers = group(rawHeaders);
    const path = headers[':path'];
    const [, service, method] = path.split('/');
    const metadata = Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith(':')));
    const id = first(metadata['x-request-id']);
    const attempt = (id === undefined ? 0 : this.#attempts.get(path + id) ?? 0) + 1;
    this.#attempts.set(path + id, attempt);
    const entry = {
      n: this.log.length, t_ms: Date.now() - this.#start, path, service, method, authority: headers[':authority'], metadata,
      attempt, previous_attempts: Number(first(metadata['grpc-previous-rpc-attempts']) ?? 0),
      connection: connection.id, token: null, received: 0, sent: 0, status: null, message: null,
    };
    this.log.push(entry);
    this.#last += 1;
    this.#open.set(this.#last, { entry, connection });
    return this.#last;
  }

  // For handlers: the log entry of their call.
  of(call) {
    return this.#open.get(Number(call.metadata.get(callHeader)[0]))?.entry;
  }

  // A server interceptor of grpc-js.
  intercept = (descriptor, call) => {
    let open;
    let number;
    let ended = false;
    const finish = (status, message) => {
      if (open && open.entry.status === null) Object.assign(open.entry, { status, message });
      this.#open.delete(number);
    };
    const end = ({ code, message, trailers: extra, headers }) => {
      if (ended) return;
      ended = true;
      finish(code, message);
      if (headers) call.sendMetadata(new grpc.Metadata());
      call.sendStatus({ code, details: message, metadata: trailers(extra) });
    };
    const drop = () => {
      ended = true;
      finish('dropped', null);
      open.connection.drop();
    };
    let dropFault;
    let failFault;
    const admit = async (metadata, next) => {
      number = Number(metadata.get(callHeader)[0]);
      open = this.#open.get(number);
      const verdict = await this.#verdict(open.entry);
      if (verdict) return end(verdict);
      const delay = this.#behaviour.take('delay_ms', descriptor.path);
      if (delay) await new Promise((resolve) => setTimeout(resolve, delay.ms).unref());
      dropFault = this.#behaviour.take('drop', descriptor.path);
      if (dropFault && !dropFault.after_messages) return drop();
      failFault = this.#behaviour.take('fail_after_messages', descriptor.path);
      return ended ? undefined : next(metadata);
    };
    const listener = {
      onReceiveMetadata: (metadata, next) => {
        admit(metadata, next).catch((error) => end({ code: codes.UNAVAILABLE, message: error.message }));
      },
      onReceiveMessage: (message, next) => {
        open.entry.received += 1;
        next(message);
      },
      onCancel: () => {
        ended = true;
        finish('cancelled', null);
      },
    };
    return new grpc.ServerInterceptingCall(call, {
      start: (next) => next(listener),
      sendMessage: (message, next) => {
        if (ended) return;
        open.entry.sent += 1;
        next(message);
        if (dropFault?.after_messages === open.entry.sent) drop();
        if (failFault?.messages === open.entry.sent) {
          end({ code: failFault.code ?? codes.UNAUTHENTICATED, message: failFault.message ?? 'token rejected' });
        }
      },
      sendStatus: (status, next) => {
        if (ended) return;
        ended = true;
        finish(status.code, status.details ?? '');
        next(status);
      },
    });
  };

  // What is said instead of asking the handler.
  async #verdict(entry) {
    const { path } = entry;
    if (this.#behaviour.isUnimplemented(path)) {
      return { code: codes.UNIMPLEMENTED, message: `The server does not implement the method ${path}` };
    }
    const header = first(entry.metadata[this.#behaviour.header_key]);
    if (!this.#behaviour.auth_required || entry.service.endsWith('.AuthMetadataService')) {
      entry.token = header === undefined ? 'missing' : 'unchecked';
    } else {
      const { verdict, subject } = await this.#tokens.judge(header);
      Object.assign(entry, { token: verdict, subject });
      if (verdict === 'missing') return { code: this.#behaviour.missing_token_code, message: 'token rejected' };
      if (verdict !== 'accepted') return { code: codes.UNAUTHENTICATED, message: 'token rejected' };
    }
    const fault = this.#behaviour.take('status', path);
    return fault && { code: codes.UNAVAILABLE, message: 'as the test wants it', ...fault };
  }
}
