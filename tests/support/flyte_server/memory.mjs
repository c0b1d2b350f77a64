// What the services remember, and what they have in common. A reset returns to the seed.
import { EventEmitter } from 'node:events';
import grpc from '@grpc/grpc-js';

const { status: codes } = grpc;
const domains = ['development', 'staging', 'production'].map((id) => ({ id, name: id }));

export class Memory {
  // "run", with the run, whenever one is new or has changed.
  changes = new EventEmitter().setMaxListeners(0);

  constructor() {
    this.reset();
  }

  reset() {
    const id = { org: 'demo', project: 'flytesnacks', domain: 'development', name: 'hello.main', version: 'v1' };
    this.projects = new Map([['flytesnacks', { id: 'flytesnacks', name: 'flytesnacks', org: 'demo', domains, state: 'ACTIVE' }]]);
    this.tasks = new Map();
    this.addTask(id, { short_name: 'main' });
    this.runs = new Map();
    this.secrets = new Map();
  }

  domains() {
    return domains;
  }

  addTask(id, spec) {
    this.tasks.set(key(id), {
      task_id: id, spec,
      metadata: { short_name: spec?.short_name ?? '', deployed_at: now(), environment_name: 'demo' },
    });
  }
}

export const key = (id) => JSON.stringify(Object.entries(id).sort());
export const now = () => timestamp(Date.now());
export const timestamp = (ms) => ({ seconds: Math.floor(ms / 1000), nanos: (ms % 1000) * 1e6 });

export function fail(code, message) {
  throw Object.assign(new Error(message), { code, details: message });
}

// As the real servers validate: none of these members may be empty.
export function demand(id, ...names) {
  if (!id) fail(codes.INVALID_ARGUMENT, `an identifier with ${names} is needed`);
  for (const name of names) if (!id[name]) fail(codes.INVALID_ARGUMENT, `${name} must not be empty`);
  return id;
}

export function found(map, id, what) {
  return map.get(id) ?? fail(codes.NOT_FOUND, `${what} does not exist`);
}

// {items, token}: one page of a list.
export function page(items, { limit = 0, token = '' } = {}) {
  const start = Number(token || 0);
  const end = limit > 0 ? start + Number(limit) : items.length;
  return { items: items.slice(start, end), token: end < items.length ? String(end) : '' };
}

// handler(request, call) -> answer
export const unary = (handler) => async (call, done) => {
  try {
    done(null, await handler(call.request, call));
  } catch (error) {
    done(error.code === undefined ? { code: codes.INTERNAL, details: error.message } : error);
  }
};

// handler(request, call, send): the stream ends when it returns.
export const serverStream = (handler) => async (call) => {
  try {
    await handler(call.request, call, (message) => call.write(message));
    call.end();
  } catch (error) {
    call.emit('error', error.code === undefined ? { code: codes.INTERNAL, details: error.message } : error);
  }
};

// For watches: until the client goes.
export const cancelled = (call) => new Promise((resolve) => {
  call.on('cancelled', resolve);
});
