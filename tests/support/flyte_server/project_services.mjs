// Projects: ProjectService of today, AdminService of older servers, over the same projects.
import grpc from '@grpc/grpc-js';
import { demand, fail, found, page, unary } from './memory.mjs';

const prefix = 'PROJECT_STATE_';

export function projectServices({ memory }) {
  const create = (project) => {
    demand(project, 'id', 'name');
    if (memory.projects.has(project.id)) fail(grpc.status.ALREADY_EXISTS, `the project ${project.id} exists`);
    memory.projects.set(project.id, { ...project, domains: memory.domains(), state: 'ACTIVE' });
    return {};
  };
  const get = ({ id }) => found(memory.projects, id, `the project ${id}`);
  const update = (project) => {
    Object.assign(get(project), { ...project, domains: memory.domains() });
    return {};
  };
  const list = (request) => {
    const { items, token } = page([...memory.projects.values()].filter(({ org }) => !request.org || org === request.org), request);
    return { projects: items, token };
  };

  // The two packages name a project's state differently.
  const today = (project) => ({ ...project, state: prefix + project.state });
  const kept = (project) => project && { ...project, state: project.state.replace(prefix, '') };
  return {
    'flyteidl2.project.ProjectService': {
      CreateProject: unary(({ project }) => create(kept(project))),
      UpdateProject: unary(({ project }) => update(kept(demand(project, 'id')))),
      GetProject: unary((request) => ({ project: today(get(request)) })),
      ListProjects: unary((request) => {
        const { projects, token } = list(request);
        return { projects: { projects: projects.map(today), token } };
      }),
    },
    'flyteidl.service.AdminService': {
      RegisterProject: unary(({ project }) => create(project)),
      UpdateProject: unary((project) => update(demand(project, 'id'))),
      GetProject: unary(get),
      ListProjects: unary(list),
      GetDomains: unary(() => ({ domains: memory.domains() })),
      GetVersion: unary(() => ({
        control_plane_version: { Build: '0123abc', Version: 'v1.16.8', BuildTime: '2026-01-01T00:00:00Z' },
      })),
    },
  };
}
