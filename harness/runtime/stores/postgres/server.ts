import type { StartContext } from '../../boot/boot-graph.ts';
import { NodeFailure } from '../../boot/node-failure.ts';
import type { RunScope } from '../../folders/run-scope.ts';
import type { ManagedProcess, ProcessExit } from '../../process/managed-process.ts';
import { waitForStore } from '../wait-for-store.ts';
import type { PostgresBinaries } from './binaries.ts';
import type { Owner } from './owner.ts';
import { adminRole, serverSettings, socketPort, volatileSettings } from './settings.ts';

/** Maximum time of a start, milliseconds. A start takes 50 ms; one in several hundred hangs. */
const startLimitMs = 4_000;
/** The same for the second try, milliseconds: then the machine is slow. */
const secondLimitMs = 15_000;

export interface PostgresServerOptions {
  scope: RunScope;
  /** Node to whose log the server's output goes. */
  node: string;
  binaries: PostgresBinaries;
  owner: Owner | undefined;
  dataFolder: string;
  /** Folder of the server's only socket; the server listens on no TCP port. */
  socketFolder: string;
  adminPassword: string;
  /** Settings that differ from those of a run with one server. */
  settings?: Readonly<Record<string, string>> | undefined;
}

/** A running PostgreSQL server that accepts queries. */
export interface PostgresServer {
  readonly process: ManagedProcess;
  stop(options: { mode: 'immediate' | 'fast'; graceMs: number }): Promise<ProcessExit>;
}

/**
 * Starts PostgreSQL and waits until it responds to a query. A start that hangs is repeated once: PostgreSQL is
 * infrastructure of the harness, so this hides no failure of the product.
 * @throws NodeFailure when it exits, or hangs twice; the signal's reason when that aborts.
 */
export async function startPostgres(
  options: PostgresServerOptions,
  context: Pick<StartContext, 'signal' | 'probed'>,
): Promise<PostgresServer> {
  for (let tries = 1; ; tries += 1) {
    const server = launch(options);
    const limit = AbortSignal.timeout(tries === 1 ? startLimitMs : secondLimitMs);
    try {
      const version = await waitForStore({
        server,
        name: 'PostgreSQL',
        signal: AbortSignal.any([context.signal, limit]),
        query: () => queryVersion(options),
        probed: context.probed,
      });
      context.probed(`server_version ${version}`);
      return {
        process: server,
        stop: ({ mode, graceMs }) => server.stop({ signal: mode === 'fast' ? 'SIGINT' : 'SIGQUIT', graceMs }),
      };
    } catch (error) {
      await server.stop({ signal: 'SIGQUIT', graceMs: 300 });
      if (context.signal.aborted || !limit.aborted) throw error;
      if (tries === 2) throw new NodeFailure('timeout', 'harness', 'PostgreSQL did not start, twice');
      context.probed('PostgreSQL did not start; starting it again');
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
    ...options.settings,
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
    // After SIGKILL its shared memory would remain.
    reaperSignal: 'SIGQUIT',
  });
}

async function queryVersion(options: PostgresServerOptions): Promise<string> {
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
