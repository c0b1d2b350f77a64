// Tasks, their runs and the runs' logs. A run has one action, a0, which succeeds while it is watched.
import { randomBytes } from 'node:crypto';
import grpc from '@grpc/grpc-js';
import { cancelled, demand, fail, found, key, now, page, serverStream, unary } from './memory.mjs';

const runParts = ['org', 'project', 'domain', 'name'];
const taskParts = [...runParts, 'version'];
const phase = (name) => `ACTION_PHASE_${name}`;

// Is `id` in what the request's scope_by says? Everything is, without one.
function inScope(request, id) {
  const { org, project_id: project } = request;
  if (project) return project.organization === id.org && project.name === id.project && project.domain === id.domain;
  return !org || org === id.org;
}

export function runServices({ behaviour, memory }) {
  const runOf = ({ run_id: id }) => found(memory.runs, key(demand(id, ...runParts)), `the run ${id?.name}`);
  const details = (run) => ({
    details: { run_spec: run.run_spec, action: { ...run.action, attempts: [{ attempt: 1, phase: run.action.status.phase }] } },
  });
  const changed = (run, name) => {
    run.action.status.phase = phase(name);
    memory.changes.emit('run', run);
    return run;
  };
  const isOver = (run) => ['SUCCEEDED', 'ABORTED'].map(phase).includes(run.action.status.phase);

  // All runs, then each change, for as long as the client listens.
  const watchRuns = serverStream(async (request, call, send) => {
    const wanted = (run) => inScope(request, run.action.id.run);
    send({ runs: [...memory.runs.values()].filter(wanted) });
    if (behaviour.watch === 'end') return;
    const onRun = (run) => wanted(run) && send({ runs: [run] });
    memory.changes.on('run', onRun);
    await cancelled(call);
    memory.changes.off('run', onRun);
  });

  const tailLogs = serverStream(({ action_id: id }, _call, send) => {
    demand(id, 'name');
    runOf({ run_id: id.run });
    for (let line = 1; line <= behaviour.log_lines; line += 1) {
      send({ logs: [{ lines: [{ timestamp: now(), message: `line ${line}`, originator: 'USER' }] }] });
    }
  });

  return {
    'flyteidl2.task.TaskService': {
      DeployTask: unary(({ task_id: id, spec }) => {
        memory.addTask(demand(id, ...taskParts), spec);
        return {};
      }),
      GetTaskDetails: unary(({ task_id: id }) => ({
        details: found(memory.tasks, key(demand(id, ...taskParts)), `the task ${id?.name}`),
      })),
      ListTasks: unary((request) => {
        const tasks = [...memory.tasks.values()].filter(({ task_id: id }) => inScope(request, id));
        const { items, token } = page(tasks, request.request ?? {});
        return { tasks: items, token, metadata: { total: memory.tasks.size, filtered_total: tasks.length } };
      }),
      ListVersions: unary(({ request, task_name: name }) => {
        demand(name, ...runParts);
        const same = [...memory.tasks.values()].filter(({ task_id: id }) => runParts.every((part) => id[part] === name[part]));
        const { items, token } = page(same, request ?? {});
        return { versions: items.map((task) => ({ version: task.task_id.version, deployed_at: task.metadata.deployed_at })), token };
      }),
    },
    'flyteidl2.workflow.RunService': {
      CreateRun: unary((request) => {
        const { run_id: given, project_id: project, task_id: task } = request;
        const id = given ?? (project && {
          org: demand(project, 'organization', 'domain', 'name').organization, project: project.name, domain: project.domain,
          name: `r${randomBytes(8).toString('hex')}`,
        });
        demand(id, ...runParts);
        if (id.name.length > 30) fail(grpc.status.INVALID_ARGUMENT, 'name must have at most 30 characters');
        if (task) found(memory.tasks, key(demand(task, ...taskParts)), `the task ${task.name}`);
        else if (!request.task_spec && !request.trigger_name) fail(grpc.status.INVALID_ARGUMENT, 'a task is needed');
        if (memory.runs.has(key(id))) fail(grpc.status.ALREADY_EXISTS, `the run ${id.name} exists`);
        const run = {
          run_spec: request.run_spec,
          action: {
            id: { run: id, name: 'a0' },
            metadata: { action_type: 'ACTION_TYPE_TASK', source: request.source, ...(task && { task: { id: task, short_name: task.name } }) },
            status: { start_time: now(), attempts: 1 },
          },
        };
        memory.runs.set(key(id), run);
        return { run: changed(run, 'QUEUED') };
      }),
      AbortRun: unary((request) => {
        const run = runOf(request);
        run.action.abort_info = { reason: request.reason ?? '' };
        changed(run, 'ABORTED');
        return {};
      }),
      GetRunDetails: unary((request) => details(runOf(request))),
      WatchRunDetails: serverStream((request, _call, send) => {
        const run = runOf(request);
        send(details(run));
        for (const next of ['RUNNING', 'SUCCEEDED']) if (!isOver(run)) send(details(changed(run, next)));
      }),
      ListRuns: unary((request) => {
        const runs = [...memory.runs.values()].filter((run) => inScope(request, run.action.id.run));
        const { items, token } = page(runs, request.request ?? {});
        return { runs: items, token };
      }),
      WatchRuns: watchRuns,
      ListActions: unary((request) => ({ actions: [runOf(request).action] })),
      GetActionDetails: unary(({ action_id: id }) => ({ details: runOf({ run_id: id?.run }).action })),
    },
    'flyteidl2.workflow.RunLogsService': { TailLogs: tailLogs },
    // DataProxyService has today's TailLogs; its other methods are in data_services.mjs.
    'flyteidl2.dataproxy.DataProxyService': { TailLogs: tailLogs },
  };
}
