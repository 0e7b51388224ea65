import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { catalogue } from '../../../platform/contracts/catalogue.ts';
import { checkHealth } from './check-health.ts';

/** The health check of the platform's image: exits with 0 while the service of the container is ready. */
const service = catalogue.find(({ name }) => programs().includes(`${name}.mjs`));
if (service === undefined) {
  console.log('no service runs in this container');
} else {
  const problem = await checkHealth({
    service: service.name,
    url: `http://127.0.0.1:${process.env.PORT || service.port}/ready`,
    // Less than the image's limit, so that the reason is printed.
    timeoutMs: 3_000,
  });
  console.log(problem ?? `${service.name} is ready`);
  process.exitCode = problem === undefined ? 0 : 1;
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
