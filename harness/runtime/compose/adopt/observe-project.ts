import { serviceNames } from '../../../../platform/contracts/service.ts';
import type { BootFacts } from '../../../evidence/facts.ts';
import type { ObservedNodes } from '../../external/observed-nodes.ts';
import { LogSecrets } from '../../logs/log-secrets.ts';
import type { Docker } from '../../testcontainers/docker.ts';
import { findContainers } from './find-project.ts';
import type { ProjectContainer } from './project-container.ts';
import { type Line, separateLines } from './separate-lines.ts';

/** Lines of its log that the facts of a failed node have. */
const failureLines = 40;
/** Nodes of docker-compose.yml. */
const kinds = new Map<string, BootFacts['kind']>([
  ['postgres', 'store'],
  ['postgres-standby', 'store'],
  ['redis', 'store'],
  ['migrate', 'job'],
  ...serviceNames.map((name) => [name, 'service'] as const),
]);

/**
 * Observes the containers of a compose project. A container that Docker Compose replaces is followed by its service.
 * @param options.secrets values that must not be in the shown log lines
 */
export function observeProject(options: {
  docker: Docker;
  project: string;
  containers: readonly ProjectContainer[];
  secrets: readonly string[];
}): ObservedNodes {
  const { docker, project, containers } = options;
  const logSecrets = new LogSecrets();
  for (const secret of options.secrets) logSecrets.redactor.add(secret);
  const nodes = [...new Set(containers.map(({ service }) => service))].flatMap((name) => {
    const kind = kinds.get(name);
    return kind ? [{ name, kind }] : [];
  });
  return {
    nodes,
    async observe(node) {
      let found: ProjectContainer[];
      try {
        found = await findContainers(docker, project, node);
      } catch (error) {
        const state = `the container engine does not respond (${(error as Error).message})`;
        return { ready: false, ended: false, state };
      }
      const job = kinds.get(node) === 'job';
      const notReady = found.find(({ ready, completed }) => !(job ? completed : ready));
      const shown = notReady ?? found[0];
      if (!shown) return { ready: false, ended: true, state: 'its container was removed' };
      const state = logSecrets.redactor.redact(shown.state);
      return { ready: !notReady, ended: notReady?.ended ?? false, state };
    },
    async lastLines(node) {
      const found = await findContainers(docker, project, node).catch(() => []);
      const container = found.find(({ ready }) => !ready) ?? found[0];
      if (!container) return [];
      const lines = await readLastLines(docker, container).catch(() => []);
      return lines.map(({ stream, text }) => ({
        service: node,
        stream,
        text: logSecrets.redactLine(node, text),
      }));
    },
  };
}

async function readLastLines(docker: Docker, { id, terminal }: ProjectContainer): Promise<Line[]> {
  const output = await docker
    .getContainer(id)
    .logs({ follow: false, stdout: true, stderr: true, tail: failureLines });
  return separateLines(output, terminal);
}
