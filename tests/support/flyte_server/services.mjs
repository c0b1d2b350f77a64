// The services of the project's .proto files. What has no handler here answers UNIMPLEMENTED, as on a real server.
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { loadSync } from '@grpc/proto-loader';
import { authServices } from './auth_services.mjs';
import { dataServices } from './data_services.mjs';
import { echo } from './echo.mjs';
import { projectServices } from './project_services.mjs';
import { runServices } from './run_services.mjs';

const includeDirs = ['../../../proto', '../proto'].map((path) => fileURLToPath(new URL(path, import.meta.url)));

function loadDefinitions() {
  const files = includeDirs.flatMap((dir) => readdirSync(dir, { recursive: true }).filter((name) => name.endsWith('.proto')));
  return loadSync(files, { includeDirs, keepCase: true, longs: String, enums: String, defaults: true });
}

export function addServices(server, context) {
  const handlers = {};
  for (const part of [echo, authServices, projectServices, runServices, dataServices]) {
    for (const [name, methods] of Object.entries(part(context))) handlers[name] = { ...handlers[name], ...methods };
  }
  for (const [name, definition] of Object.entries(loadDefinitions())) {
    if (!definition.format) server.addService(definition, handlers[name] ?? {});
  }
}
