import { NodeFailure } from '../../boot/node-failure.ts';
import type { RunScope } from '../../folders/run-scope.ts';
import type { ManagedProcess } from '../../process/managed-process.ts';
import { untilAnswers } from '../until-answers.ts';
import type { PostgresBinaries } from './binaries.ts';
import type { Owner } from './owner.ts';
import { adminRole, serverSettings, socketPort, volatileSettings } from './settings.ts';

/** A start takes 50 ms; one in some hundred never comes up, milliseconds. */
const startLimitMs = 4_000;

export interface PostgresServerOptions {
  scope: RunScope;
  /** Node whose log gets the server's output. */
  node: string;
  binaries: PostgresBinaries;
  owner: Owner | undefined;
  dataFolder: string;
  /** Folder of the server's only socket; it listens on no TCP port. */
  socketFolder: string;
  adminPassword: string;
  /** Most time for one try to start, milliseconds. */
  startLimitMs?: number;
}

/** A running PostgreSQL server that answers queries. */
export interface PostgresServer {
  readonly process: ManagedProcess;
  /** `server_version` as the server says it, e.g. `16.9`. */
  readonly version: string;
  stop(options: { mode: 'immediate' | 'fast'; graceMs: number }): Promise<void>;
}

/**
 * Starts PostgreSQL and waits until it answers a query. A start that does not come up is repeated once, because it
 * is infrastructure: nothing about the product is learnt from it.
 * @throws NodeFailure when it exits or does not come up twice; the signal's reason when that aborts.
 */
export async function startPostgres(
  options: PostgresServerOptions,
  attempt: { signal: AbortSignal; probed(answer: string): void },
): Promise<PostgresServer> {
  for (let tries = 1; ; tries += 1) {
    const server = launch(options);
    const limit = AbortSignal.timeout(options.startLimitMs ?? startLimitMs);
    try {
      const version = await untilAnswers({
        server,
        name: 'PostgreSQL',
        signal: AbortSignal.any([attempt.signal, limit]),
        ask: () => askVersion(options),
        probed: attempt.probed,
      });
      attempt.probed(`server_version ${version}`);
      return {
        process: server,
        version,
        async stop({ mode, graceMs }) {
          await server.stop({ signal: mode === 'fast' ? 'SIGINT' : 'SIGQUIT', graceMs });
        },
      };
    } catch (error) {
      await server.stop({ signal: 'SIGQUIT', graceMs: 300 });
      if (attempt.signal.aborted || !limit.aborted) throw error;
      if (tries === 2) throw new NodeFailure('timeout', 'harness', 'PostgreSQL did not come up, twice');
      attempt.probed('PostgreSQL did not come up; starting it once more');
    }
  }
}

function launch(options: PostgresServerOptions): ManagedProcess {
  const settings = {
    ...serverSettings,
    ...volatileSettings,
    listen_addresses: '',
    port: String(socketPort),
    unix_socket_directories: options.socketFolder,
    unix_socket_permissions: '0700',
  };
  return options.scope.spawn(options.node, {
    command: options.binaries.postgres,
    args: [
      '-D',
      options.dataFolder,
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    cwd: options.socketFolder,
    owner: options.owner,
    // SIGKILL would leave its shared memory behind.
    reaperSignal: 'SIGQUIT',
  });
}

async function askVersion(options: PostgresServerOptions): Promise<string> {
  const { Client } = await import('pg');
  const client = new Client({
    host: options.socketFolder,
    port: socketPort,
    user: adminRole,
    password: options.adminPassword,
    database: 'postgres',
    connectionTimeoutMillis: 1_000,
  });
  client.on('error', () => {});
  try {
    await client.connect();
    const { rows } = await client.query<{ server_version: string }>('SHOW server_version');
    return rows[0]?.server_version ?? '';
  } finally {
    await client.end().catch(() => undefined);
  }
}
