// The services of the project's .proto files. What has no handler here answers UNIMPLEMENTED, as on a real server.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import grpc from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { echo } from './echo.mjs';

const folder = (path) => fileURLToPath(new URL(path, import.meta.url));
const includeDirs = [folder('../../../proto'), folder('../proto')];

function loadDefinitions() {
  const files = includeDirs.flatMap((dir) => readdirSync(dir, { recursive: true }).filter((name) => name.endsWith('.proto')));
  return loadSync(files, { includeDirs, keepCase: true, longs: String, enums: String, defaults: true, oneofs: false });
}

export function addServices(server, context) {
  const handlers = { ...echo(context) };
  for (const [name, definition] of Object.entries(loadDefinitions())) {
    if (!definition.format) server.addService(definition, handlers[name] ?? {});
  }
}
