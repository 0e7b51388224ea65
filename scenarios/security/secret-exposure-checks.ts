import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { atLeast, type CheckContext, defineCheck, empty } from '../../harness/engine/index.ts';
import { serviceNames } from '../../platform/contracts/service.ts';
import { readyCheckId } from '../services/operational-routes.ts';
import { checklistItem } from './check-fields.ts';
import { exposureBreaks } from './session-breaks.ts';

/** Files that are often deployed by accident. */
const strayFiles = [
  '/.env',
  '/.git/config',
  '/.git/HEAD',
  '/package.json',
  '/docker-compose.yml',
  '/config.json',
  '/main.ts',
  '/main.js.map',
  '/server-status',
  '/debug/vars',
];
/** Paths without access control, existing and missing ones. */
const publicPaths = ['/health', '/ready', '/metrics', '/openapi.json', '/', '/no-such-place', '/%ff'];

export const environmentVariables = defineCheck({
  ...checklistItem,
  id: 'security.environment-variables',
  title: 'No response or command line contains a secret',
  why: 'Secrets leak through stray files, detailed error pages, and command lines that every user of a machine can read (ASVS 5.0 13.3, 13.4).',
  needs: serviceNames.map(readyCheckId),
  requires: ['postgres-service-roles'],
  services: serviceNames,
  remediation: {
    text: 'Serve declared routes only, and pass secrets to processes through their environment, never as arguments. Keep secrets out of responses: the error envelope names no cause.',
    effort: 'days',
  },
  expects: {
    strayFilesServed: empty(),
    secretsInResponses: empty(),
    secretsInCommandLines: empty(),
    responses: atLeast(serviceNames.length * publicPaths.length, 'responses'),
    commandLines: atLeast(10, 'processes'),
  },
  run: async ({ http, stack }) => {
    const secrets = secretsOf(stack);
    const strayFilesServed: string[] = [];
    const secretsInResponses: string[] = [];
    let responses = 0;
    for (const service of serviceNames) {
      for (const path of strayFiles) {
        const { status } = await http.request(service, path);
        if (status < 400) strayFilesServed.push(`${service}${path}: ${status}`);
      }
      for (const path of publicPaths) {
        const response = await http.request(service, path);
        responses += 1;
        const text = response.text + JSON.stringify(response.headers);
        for (const { name, value } of secrets) {
          if (text.includes(value)) secretsInResponses.push(`${service}${path} contains ${name}`);
        }
        const other =
          /-----BEGIN|(?:postgres(?:ql)?|redis):\/\/[^/\s:]*:[^@\s]+@|[A-Z_]+_(?:KEY|PASSWORD|SECRET)=/.exec(
            text,
          );
        if (other)
          secretsInResponses.push(`${service}${path} may contain a secret (${other[0].slice(0, 12)}…)`);
      }
    }
    const lines = await commandLines();
    const exposed = secrets.filter(({ value }) => lines.some((line) => line.includes(value)));
    return {
      strayFilesServed,
      secretsInResponses,
      secretsInCommandLines: exposed.map(({ name }) => name),
      responses,
      commandLines: lines.length,
    };
  },
  breaks: exposureBreaks,
});

/** The secrets of this run that the harness knows, each with a name. */
function secretsOf({ postgres, redis }: CheckContext['stack']): { name: string; value: string }[] {
  const urls = { ...postgres?.serviceUrls, 'the database owner': postgres?.adminUrl, redis: redis?.url };
  return Object.entries(urls).flatMap(([name, url]) => {
    const password = url === undefined ? '' : decodeURIComponent(new URL(url).password);
    return password.length >= 8 ? [{ name: `the password of ${name}`, value: password }] : [];
  });
}

/** Command lines of all processes, which every user of the machine can read. */
async function commandLines(): Promise<string[]> {
  if (process.platform !== 'linux') {
    const { stdout } = await promisify(execFile)('ps', ['-axww', '-o', 'command'], { maxBuffer: 16_777_216 });
    return stdout.split('\n').filter((line) => line !== '');
  }
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(
    // A process may end after it was listed.
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  return lines.filter((line) => line !== '');
}
