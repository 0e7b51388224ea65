import { mkdir, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { addAbortSignal } from 'node:stream';
import { ReadinessError } from '../../../errors/readiness-error.ts';
import type { RunScope } from '../../folders/run-scope.ts';
import type { ManagedProcess } from '../../process/managed-process.ts';
import { redisFolder, redisSocket } from '../store-addresses.ts';
import { untilAnswers } from '../until-answers.ts';

const answerLimitMs = 1_000;

/** Settings of the server that a deployment would share. */
export const redisSettings: Readonly<Record<string, string>> = {
  maxmemory: '256mb',
  'maxmemory-policy': 'noeviction',
};

export interface RedisStoreOptions {
  scope: RunScope;
  node: string;
  password: string;
  /** Called with the process as soon as there is one. */
  running(child: ManagedProcess): void;
}

/** What a Redis server that answers commands says about itself. */
export interface RedisStore {
  /** `redis_version` as the server says it, e.g. `7.0.15`. */
  readonly version: string;
}

/**
 * Starts `redis-server` from the PATH on a Unix socket, with a password, its data in memory only, and waits
 * until it answers PING.
 * @throws ReadinessError (exit code 4) when there is no redis-server; NodeFailure (the harness's) when it exits.
 */
export async function startRedis(
  options: RedisStoreOptions,
  attempt: { signal: AbortSignal; probed(answer: string): void },
): Promise<RedisStore> {
  const { scope, node, password } = options;
  const folder = redisFolder(scope.folder);
  const socket = redisSocket(scope.folder);
  const configFile = join(folder, 'redis.conf');
  await mkdir(folder, { mode: 0o700 });
  const settings = {
    ...redisSettings,
    port: '0',
    unixsocket: socket,
    unixsocketperm: '700',
    requirepass: password,
    save: '""',
    appendonly: 'no',
    dir: folder,
  };
  // In a file and not as arguments: everybody on the machine can read those.
  const lines = Object.entries(settings).map(([name, value]) => `${name} ${value}\n`);
  await writeFile(configFile, lines.join(''), { mode: 0o600 });
  const server = scope.spawn(node, { command: 'redis-server', args: [configFile], cwd: folder });
  options.running(server);
  const version = await untilAnswers({
    server,
    name: 'Redis',
    signal: attempt.signal,
    ask: (signal) => askVersion(socket, password, signal),
    probed: attempt.probed,
    explainExit: ({ error }) =>
      (error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT'
        ? new ReadinessError(
            'redis-missing',
            'redis-server is not on the PATH, and the platform cannot run without Redis.',
          )
        : undefined,
  });
  attempt.probed(`PING → PONG, redis_version ${version}`);
  return { version };
}

async function askVersion(socket: string, password: string, signal: AbortSignal): Promise<string> {
  const answer = await talk(socket, `AUTH ${password}\r\nPING\r\nINFO server\r\n`, signal).catch(
    (error: unknown) => {
      throw new Error(`PING: ${error instanceof Error ? error.message : String(error)}`);
    },
  );
  const version = /^redis_version:(\S+)/m.exec(answer)?.[1];
  if (!answer.startsWith('+OK\r\n+PONG\r\n') || !version)
    throw new Error(`PING → ${answer.trim().slice(0, 200)}`);
  return version;
}

/** Sends inline commands followed by QUIT and returns everything the server answers. */
function talk(socket: string, commands: string, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const connection = addAbortSignal(signal, createConnection(socket));
    connection.setEncoding('utf8');
    connection.setTimeout(answerLimitMs, () => connection.destroy(new Error('no answer')));
    connection.on('connect', () => connection.write(`${commands}QUIT\r\n`));
    connection.on('data', (chunk: string) => {
      answer += chunk;
    });
    connection.on('end', () => resolve(answer));
    connection.on('error', reject);
  });
}
