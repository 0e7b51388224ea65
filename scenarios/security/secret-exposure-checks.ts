import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { atLeast, type CheckContext, defineCheck, empty } from '../../harness/engine/index.ts';
import { serviceNames } from '../../platform/contracts/service.ts';
import { readyCheckId } from '../services/define-operational-checks.ts';
import { checklistItem } from './check-fields.ts';

/** Files that end up on servers by accident. */
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
/** Places that everybody may ask, right and wrong ones. */
const publicPlaces = ['/health', '/ready', '/metrics', '/openapi.json', '/', '/no-such-place', '/%ff'];

export const environmentVariables = defineCheck({
  ...checklistItem,
  id: 'security.environment-variables',
  title: 'Secrets of the environment stay in the environment',
  why: 'Secrets leak through stray files, through chatty error pages, and through command lines that every user of a machine can read (ASVS 5.0 13.3, 13.4).',
  needs: serviceNames.map(readyCheckId),
  requires: ['postgres-service-roles'],
  services: serviceNames,
  remediation: {
    text: 'Serve declared routes only, hand secrets to processes through their environment (never as arguments), and keep them out of answers: the error envelope names no cause.',
    effort: 'days',
  },
  expects: {
    strayFilesServed: empty(),
    secretsInAnswers: empty(),
    secretsInCommandLines: empty(),
    answersRead: atLeast(serviceNames.length * publicPlaces.length, 'answers'),
    commandLinesRead: atLeast(10, 'processes'),
  },
  run: async ({ http, stack }) => {
    const secrets = secretsOf(stack);
    const strayFilesServed: string[] = [];
    const secretsInAnswers: string[] = [];
    let answersRead = 0;
    for (const service of serviceNames) {
      for (const path of strayFiles) {
        const answer = await http.request(service, path);
        if (answer.status < 400) strayFilesServed.push(`${service}${path}: ${answer.status}`);
      }
      for (const path of publicPlaces) {
        const answer = await http.request(service, path);
        answersRead += 1;
        const text = answer.text + JSON.stringify(answer.headers);
        for (const { name, value } of secrets) {
          if (text.includes(value)) secretsInAnswers.push(`${service}${path} tells ${name}`);
        }
        const other =
          /-----BEGIN|(?:postgres(?:ql)?|redis):\/\/[^/\s:]*:[^@\s]+@|[A-Z_]+_(?:KEY|PASSWORD|SECRET)=/.exec(
            text,
          );
        if (other)
          secretsInAnswers.push(`${service}${path} has something like a secret (${other[0].slice(0, 12)}…)`);
      }
    }
    const lines = await commandLines();
    const told = secrets.filter(({ value }) => lines.some((line) => line.includes(value)));
    return {
      strayFilesServed,
      secretsInAnswers,
      secretsInCommandLines: told.map(({ name }) => name),
      answersRead,
      commandLinesRead: lines.length,
    };
  },
});

/** The secrets of this run that the harness knows, by name. */
function secretsOf({ postgres, redis }: CheckContext['stack']): { name: string; value: string }[] {
  const urls = { ...postgres?.serviceUrls, 'the database owner': postgres?.adminUrl, redis: redis?.url };
  return Object.entries(urls).flatMap(([name, url]) => {
    const password = url === undefined ? '' : decodeURIComponent(new URL(url).password);
    return password.length >= 8 ? [{ name: `the password of ${name}`, value: password }] : [];
  });
}

/** Command lines of all processes, as any user of the machine sees them. */
async function commandLines(): Promise<string[]> {
  if (process.platform !== 'linux') {
    const { stdout } = await promisify(execFile)('ps', ['-axww', '-o', 'command'], { maxBuffer: 16_777_216 });
    return stdout.split('\n').filter((line) => line !== '');
  }
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(
    // A process may end between the listing and the look.
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  return lines.filter((line) => line !== '');
}
