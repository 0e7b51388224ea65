import { ReadinessError } from '../../../errors/readiness-error.ts';
import type { Docker } from '../../testcontainers/docker.ts';
import { runLabel } from '../../testcontainers/engine.ts';
import {
  oneOffLabel,
  type ProjectContainer,
  projectLabel,
  readContainer,
  serviceLabel,
} from './project-container.ts';

/**
 * The containers of a compose project, also those that do not run, in order of their names.
 * @param service only those of one service; default: all
 */
export async function findContainers(
  docker: Docker,
  project: string,
  service?: string,
): Promise<ProjectContainer[]> {
  const label = [
    `${projectLabel}=${project}`,
    ...(service === undefined ? [] : [`${serviceLabel}=${service}`]),
  ];
  const listed = await docker.listContainers({ all: true, filters: { label } });
  const inspected = await Promise.all(
    listed
      .filter(({ Labels }) => isDeployment(Labels))
      // One that is replaced meanwhile is gone.
      .map(({ Id }) => docker.getContainer(Id).inspect().catch(ignoreMissing)),
  );
  return inspected
    .filter((one) => one !== undefined)
    .map(readContainer)
    .sort((left, right) => (left.name < right.name ? -1 : 1));
}

/** @throws ReadinessError (exit code 2) that names the projects with running containers */
export async function requireProject(docker: Docker, project: string): Promise<ProjectContainer[]> {
  const containers = await findContainers(docker, project);
  if (containers.length > 0) return containers;
  const running = await docker.listContainers({ filters: { label: [projectLabel] } });
  const names = running
    .filter(({ Labels }) => isDeployment(Labels))
    .map(({ Labels }) => Labels[projectLabel]);
  const others = [...new Set(names)].sort();
  throw new ReadinessError(
    'compose-project-invalid',
    `No compose project "${project}" is on this machine. ${others.length > 0 ? `Running: ${others.join(', ')}.` : 'None is running.'}`,
    {
      hint: 'Start it in its folder with docker compose up --detach --wait; docker compose ls --all lists all projects.',
    },
  );
}

/** Neither of `docker compose run` nor of a run of the harness, which removes its containers itself. */
function isDeployment(labels: Readonly<Record<string, string>>): boolean {
  return labels[oneOffLabel] !== 'True' && labels[runLabel] === undefined;
}

function ignoreMissing(error: { statusCode?: number }): undefined {
  if (error.statusCode !== 404) throw error;
}
