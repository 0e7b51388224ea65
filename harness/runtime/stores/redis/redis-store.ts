import { mkdir, writeFile } from 'node:fs/promises';
import { createConnection, type NetConnectOpts } from 'node:net';
import { join } from 'node:path';
import { addAbortSignal } from 'node:stream';
import { ReadinessError } from '../../../errors/readiness-error.ts';
import type { StartContext } from '../../boot/boot-graph.ts';
import type { RunScope } from '../../folders/run-scope.ts';
import type { ManagedProcess } from '../../process/managed-process.ts';
import { redisFolder, redisSocket } from '../store-addresses.ts';
import { waitForStore } from '../wait-for-store.ts';

/** Maximum time without data from the server, milliseconds. */
const idleLimitMs = 1_000;

/** Settings of the server that also apply to a deployment. */
export const redisSettings: Readonly<Record<string, string>> = {
  maxmemory: '256mb',
  'maxmemory-policy': 'noeviction',
};

export interface RedisStoreOptions {
  scope: RunScope;
  node: string;
  password: string;
  /** Called with the process as soon as it exists. */
  running(child: ManagedProcess): void;
}

/**
 * Starts `redis-server` from the PATH on a Unix socket, with a password and its data in memory only, and waits until
 * it responds to PING.
 * @throws ReadinessError (exit code 4) when redis-server is not installed; NodeFailure (the harness's) when it exits.
 */
export async function startRedis(
  options: RedisStoreOptions,
  context: Pick<StartContext, 'signal' | 'probed'>,
): Promise<void> {
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
  // In a file, because every user of the machine can read arguments.
  const lines = Object.entries(settings).map(([name, value]) => `${name} ${value}\n`);
  await writeFile(configFile, lines.join(''), { mode: 0o600 });
  const server = scope.spawn(node, { command: 'redis-server', args: [configFile], cwd: folder });
  options.running(server);
  const version = await waitForStore({
    server,
    name: 'Redis',
    signal: context.signal,
    query: (signal) => queryVersion({ path: socket }, password, signal),
    probed: context.probed,
    explainExit: ({ error }) =>
      (error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT'
        ? new ReadinessError(
            'redis-missing',
            'redis-server is not on the PATH, and the platform cannot run without Redis.',
          )
        : undefined,
  });
  context.probed(`PING → PONG, redis_version ${version}`);
}

/** Pings the server and returns its version. @throws Error with what it responded instead */
export async function queryVersion(
  address: NetConnectOpts,
  password: string,
  signal: AbortSignal,
): Promise<string> {
  const reply = await send(address, `AUTH ${password}\r\nPING\r\nINFO server\r\n`, signal).catch(
    (error: unknown) => {
      throw new Error(`PING: ${error instanceof Error ? error.message : String(error)}`);
    },
  );
  const version = /^redis_version:(\S+)/m.exec(reply)?.[1];
  if (!reply.startsWith('+OK\r\n+PONG\r\n') || !version)
    throw new Error(`PING → ${reply.trim().slice(0, 200)}`);
  return version;
}

/** Sends inline commands followed by QUIT, and returns the reply of the server. */
function send(address: NetConnectOpts, commands: string, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    let reply = '';
    const connection = addAbortSignal(signal, createConnection(address));
    connection.setEncoding('utf8');
    connection.setTimeout(idleLimitMs, () => connection.destroy(new Error('no reply')));
    connection.on('connect', () => connection.write(`${commands}QUIT\r\n`));
    connection.on('data', (chunk: string) => {
      reply += chunk;
    });
    connection.on('end', () => resolve(reply));
    connection.on('error', reject);
  });
}
