import { setTimeout as delay } from 'node:timers/promises';
import { Redactor } from '../../harness/runtime/logs/redactor.ts';
import { makeRunSecrets } from '../../harness/runtime/stack/run-secrets.ts';
import { databaseRoles, serviceEnvironment } from '../../harness/runtime/stack/service-environment.ts';
import { catalogue } from '../../platform/contracts/catalogue.ts';
import { docker, inspect } from './docker.ts';

/** Maximum time until all services are healthy, milliseconds. Two cores start ten services and their health checks. */
const healthyLimitMs = 180_000;
/** Maximum time in which a service ends after SIGTERM, seconds. */
export const stopLimitSeconds = 15;
const pauseMs = 500;

interface ContainerState {
  State: {
    Status: string;
    ExitCode: number;
    Health?: { Status: string; Log: { ExitCode: number; Output: string }[] };
  };
  HostConfig: { ReadonlyRootfs: boolean };
}

/** The platform's image with both stores, in a network of its own without a way out. */
export interface RunningImage {
  services: readonly string[];
  nameOf(service: string): string;
}

const stateOf = (name: string): Promise<ContainerState> => inspect<ContainerState>('container', name);

/** Starts stores, migrations and all services. Everything has the labels, by which the caller removes it. */
export async function startImage(options: {
  image: string;
  run: string;
  labels: Readonly<Record<string, string>>;
}): Promise<RunningImage> {
  const { image, run } = options;
  const labels = Object.entries(options.labels).flatMap(([name, value]) => ['--label', `${name}=${value}`]);
  const secrets = makeRunSecrets({ roles: Object.values(databaseRoles), redactor: new Redactor() });
  const nameOf = (node: string): string => `${run}-${node}`;
  await docker('network', 'create', '--internal', ...labels, run);
  const start = (node: string, args: string[], environment: Record<string, string>, command: string[]) =>
    docker(
      'run',
      '--detach',
      ...['--name', nameOf(node), '--network', run, '--network-alias', node, ...labels],
      ...Object.entries(environment).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
      ...args,
      ...command,
    );
  const restricted = [
    '--read-only',
    '--tmpfs',
    '/tmp:mode=1777',
    '--cap-drop',
    'ALL',
    '--security-opt',
    'no-new-privileges',
  ];
  const database = (role: string, password: string) =>
    `postgresql://${role}:${password}@postgres:5432/pyairtable`;

  await start(
    'postgres',
    ['--tmpfs', '/var/lib/postgresql/data'],
    {
      POSTGRES_USER: 'postgres',
      POSTGRES_DB: 'pyairtable',
      POSTGRES_PASSWORD: secrets.postgresPassword,
    },
    [process.env.POSTGRES_IMAGE || 'postgres:16.9'],
  );
  await start('redis', ['--tmpfs', '/data:mode=1777'], {}, [
    process.env.REDIS_IMAGE || 'redis:7',
    ...['redis-server', '--requirepass', secrets.redisPassword, '--save', ''],
  ]);
  await until('PostgreSQL', 60_000, async () => {
    // During its set-up the image's server listens on no port.
    const answer = await docker(
      'exec',
      nameOf('postgres'),
      'pg_isready',
      '--host',
      '127.0.0.1',
      '--username',
      'postgres',
    ).catch((error: Error) => error.message);
    return answer.includes('accepting connections') ? undefined : answer;
  });
  await docker(
    'run',
    ...['--rm', '--name', nameOf('migrate'), '--network', run, ...labels, ...restricted],
    ...['--env', `ADMIN_DATABASE_URL=${database('postgres', secrets.postgresPassword)}`],
    ...['--env', `SERVICE_PASSWORDS=${JSON.stringify(secrets.rolePasswords)}`],
    ...[image, 'node', 'migrate.mjs'],
  );
  for (const { name, port } of catalogue) {
    const role = databaseRoles[name];
    const password = role === undefined ? undefined : secrets.rolePasswords[role];
    const environment = serviceEnvironment({
      service: name,
      serviceUrls: Object.fromEntries(
        catalogue.map((peer) => [peer.name, `http://${peer.name}:${peer.port}`]),
      ),
      listen: { port },
      databaseUrl: role === undefined || password === undefined ? undefined : database(role, password),
      redisUrl: `redis://default:${secrets.redisPassword}@redis:6379/0`,
      secrets,
      temporaryFolder: '/tmp',
      servers: {},
    });
    await start(name, restricted, { ...environment, HOST: '0.0.0.0' }, [image, 'node', `${name}.mjs`]);
  }
  return { services: catalogue.map(({ name }) => name), nameOf };
}

/** Waits until the engine's own health check calls every service healthy. @throws Error with the reason of the first that is not */
export async function waitUntilHealthy({ services, nameOf }: RunningImage): Promise<void> {
  for (const service of services) {
    await until(service, healthyLimitMs, async () => {
      const { State } = await stateOf(nameOf(service));
      if (State.Status !== 'running')
        throw new Error(
          `${service} has exited with ${State.ExitCode}: ${await docker('logs', '--tail', '5', nameOf(service))}`,
        );
      if (State.Health?.Status === 'healthy') return undefined;
      return `${State.Health?.Status}: ${State.Health?.Log.at(-1)?.Output ?? 'no probe yet'}`;
    });
  }
}

/** What is not as in a hardened deployment, one sentence each: user, root file system. */
export async function findWeaknesses({ services, nameOf }: RunningImage): Promise<string[]> {
  const program = `let written = 'yes';
try { require('fs').writeFileSync('/app/new', ''); } catch (error) { written = error.code; }
console.log(process.getuid(), process.getgid(), written);`;
  const problems = await Promise.all(
    services.map(async (service) => {
      const seen = await docker('exec', nameOf(service), 'node', '-e', program);
      return seen === '10001 10001 EROFS' ? [] : [`${service}: user, group and write to /app are ${seen}.`];
    }),
  );
  return problems.flat();
}

/**
 * Sends SIGTERM to every service, in sequence.
 * @returns how each ended, with its time in milliseconds
 */
export async function stopServices({
  services,
  nameOf,
}: RunningImage): Promise<{ service: string; code: number; ms: number }[]> {
  const ends: { service: string; code: number; ms: number }[] = [];
  for (const service of services) {
    const startMs = performance.now();
    await docker('stop', '--time', String(stopLimitSeconds), nameOf(service));
    const ms = performance.now() - startMs;
    const { State } = await stateOf(nameOf(service));
    ends.push({ service, code: State.ExitCode, ms });
  }
  return ends;
}

/** Repeats a probe until it returns no reason. @throws Error with the last reason */
async function until(what: string, limitMs: number, probe: () => Promise<string | undefined>): Promise<void> {
  const endMs = performance.now() + limitMs;
  for (;;) {
    const reason = await probe();
    if (reason === undefined) return;
    if (performance.now() > endMs)
      throw new Error(`${what} is not ready after ${limitMs / 1_000} s: ${reason}`);
    await delay(pauseMs);
  }
}
