import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { type ServiceName, serviceNames } from '../../../platform/contracts/service.ts';
import { checkHealth } from './check-health.ts';

/** The health check of the platform's image: exits with 0 while the service of the container is ready. */
const running = programs();
const service = serviceNames.find((name) => running.includes(`${name}.mjs`));
if (service === undefined) {
  console.log('no service runs in this container');
} else {
  const problem = await checkHealth({
    service,
    url: `http://127.0.0.1:${process.env.PORT || portOf(service)}/ready`,
    // Less than the image's limit, so that the reason is printed.
    timeoutMs: 3_000,
  });
  console.log(problem ?? `${service} is ready`);
  process.exitCode = problem === undefined ? 0 : 1;
}

/**
 * The documented port. Not from the catalogue: loading all contracts takes longer than the request, and every service
 * of a machine is asked every few seconds.
 */
function portOf(name: ServiceName): number {
  return name === 'frontend' ? 3000 : 8000 + serviceNames.indexOf(name);
}

/** File names among the arguments of all processes of the container. With an init process, Node is not process 1. */
function programs(): string[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
          .split('\0')
          .map((argument) => basename(argument));
      } catch {
        // The process has ended.
        return [];
      }
    });
}
