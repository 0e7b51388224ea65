import { accessSync, constants, readFileSync } from 'node:fs';
import type { ObservedNodes } from '../../external/observed-nodes.ts';
import type { Target } from '../../external/target.ts';
import { findEngine } from '../../testcontainers/engine.ts';
import { requireProject } from './find-project.ts';
import { observeProject } from './observe-project.ts';
import type { ProjectContainer } from './project-container.ts';
import { projectTarget, secretMounts } from './project-target.ts';

export interface AdoptedProject {
  target: Target;
  nodes: ObservedNodes;
}

/**
 * Finds a compose project that runs on this machine, as a target. Nothing of it is started, stopped or changed.
 * @throws ReadinessError with exit code 2 for a project that cannot be measured, with 4 without a container engine
 */
export async function adoptProject(project: string, allow: readonly string[]): Promise<AdoptedProject> {
  const { client } = await findEngine();
  const docker = client.container.dockerode;
  const containers = await requireProject(docker, project);
  const target = projectTarget({ project, containers, allow, canRead });
  return { target, nodes: observeProject({ docker, project, containers, secrets: secretsOf(containers) }) };
}

function canRead(file: string): boolean {
  try {
    accessSync(file, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

/** The words of all secrets that the containers have and this user can read; log lines must not show them. */
function secretsOf(containers: readonly ProjectContainer[]): string[] {
  const files = containers.flatMap(({ mounts }) =>
    [...mounts].flatMap(([inside, file]) => (inside.startsWith(secretMounts) ? [file] : [])),
  );
  return [...new Set(files)]
    .filter(canRead)
    .flatMap((file) => readFileSync(file, 'utf8').match(/[\w+=-]{16,}/g) ?? []);
}
