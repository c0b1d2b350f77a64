// Data, secrets, and the choice of a cluster. The URLs lead nowhere.
import { createHash } from 'node:crypto';
import grpc from '@grpc/grpc-js';
import { demand, fail, found, key, now, page, timestamp, unary } from './memory.mjs';

const inAnHour = () => timestamp(Date.now() + 3600_000);
const bucket = 's3://demo';
const signed = (path) => `https://demo.example/${path}?signature=demo`;

export function dataServices({ behaviour, memory }) {
  const secretOf = ({ id }) => found(memory.secrets, key(demand(id, 'name')), `the secret ${id?.name}`);
  const present = { overall_status: 'FULLY_PRESENT' };
  const actionUris = ({ run, name }) => ['inputs', 'outputs'].map((file) => `${bucket}/${run?.name}/${name}/${file}.pb`);
  return {
    'flyteidl2.dataproxy.DataProxyService': {
      CreateUploadLocation: unary((request) => {
        demand(request, 'project', 'domain');
        const path = [request.project, request.domain, request.filename_root || 'root', request.filename].join('/');
        return {
          signed_url: signed(path), native_url: `${bucket}/${path}`, expires_at: inAnHour(),
          headers: { 'content-md5': request.content_md5.toString('base64') },
        };
      }),
      UploadInputs: unary(({ inputs }) => {
        const hash = createHash('sha256').update(JSON.stringify(inputs ?? {})).digest('base64url');
        return { offloaded_input_data: { uri: `${bucket}/inputs/${hash}`, inputs_hash: hash } };
      }),
      CreateDownloadLink: unary((request) => {
        const { action_attempt_id: action, app_id: app, task_id: task } = request;
        if (!action && !app && !task) fail(grpc.status.INVALID_ARGUMENT, 'a source is needed');
        return { pre_signed_urls: { signed_url: [signed(request.artifact_type)], expires_at: inAnHour() } };
      }),
      GetActionData: unary(({ action_id: id }) => {
        const [inputs, outputs] = actionUris(demand(id, 'name'));
        return { inputs: {}, outputs: {}, inputs_uri: inputs, outputs_uri: outputs };
      }),
    },
    'flyteidl2.secret.SecretService': {
      CreateSecret: unary(({ id, secret_spec: spec }) => {
        demand(id, 'name');
        if (memory.secrets.has(key(id))) fail(grpc.status.ALREADY_EXISTS, `the secret ${id.name} exists`);
        const metadata = { created_time: now(), secret_status: present, type: spec?.type };
        memory.secrets.set(key(id), { id, secret_metadata: metadata });
        return {};
      }),
      UpdateSecret: unary((request) => {
        secretOf(request).secret_metadata.type = request.secret_spec?.type;
        return {};
      }),
      GetSecret: unary((request) => ({ secret: secretOf(request) })),
      DeleteSecret: unary((request) => {
        secretOf(request);
        memory.secrets.delete(key(request.id));
        return {};
      }),
      ListSecrets: unary((request) => {
        const wanted = ({ id }) => ['organization', 'domain', 'project'].every((part) => !request[part] || id[part] === request[part]);
        const { items, token } = page([...memory.secrets.values()].filter(wanted), request);
        return { secrets: items, token };
      }),
    },
    'flyteidl2.cluster.ClusterService': {
      // Without a setting: this server, by the name that the client used.
      SelectCluster: unary((_request, call) => ({
        cluster_endpoint: behaviour.cluster_endpoint ?? `dns:///${call.getHost()}`, cluster: 'demo',
      })),
    },
  };
}
