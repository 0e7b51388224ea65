import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chown, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { makeStoreFolder, testRunFolder } from '../../kit/testing/store-folder.ts';
import { type Owner, postgresPrograms } from './postgres-programs.ts';

const run = promisify(execFile);

export interface TemporaryPostgres extends AsyncDisposable {
  /** URL of the database `postgres` with the superuser role. */
  readonly adminUrl: string;
  /** URL of another database or role on the same server. */
  urlFor(database: string, user: string, password?: string): string;
  /**
   * Ends the server and removes its data. With `keepDataAs`, it writes everything to its data folder first and moves
   * that there, to be the template of other servers; an existing folder of that path stays as it is.
   */
  stop(options?: { keepDataAs?: string }): Promise<void>;
  /** Ends the server at once, as a crash does. Its data and its URLs stay. */
  kill(): Promise<void>;
  /** Starts the killed server again. It recovers from its log. */
  start(): Promise<void>;
}

const initdbArguments = [
  '-U',
  'postgres',
  '--auth=trust',
  '--no-sync',
  '--lc-messages=C',
  '--locale=C.UTF-8',
  '-E',
  'UTF8',
  // Small log segments: a copy of the data folder is half as large.
  '--wal-segsize=1',
  '--set=dynamic_shared_memory_type=mmap',
];

/** PostgreSQL does not run as root. Under root, its folder and processes get this uid and gid ("nobody"). */
const unprivilegedId = 65534;

function owner(): Owner | undefined {
  return process.getuid?.() === 0 ? { uid: unprivilegedId, gid: unprivilegedId } : undefined;
}

/** Variables such as PGPORT would change the settings of the server. */
function withoutPostgresVariables(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('PG')));
}

function exited(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => child.once('exit', () => resolve()));
}

/** Resolves when the server reports that it accepts connections. Rejects with its last log lines when it exits first. */
function accepting(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    const lines: string[] = [];
    child.once('error', reject);
    child.once('exit', (code) =>
      reject(new Error(`postgres exited with ${code}: ${lines.slice(-5).join('\n')}`)),
    );
    if (child.stderr === null) return;
    createInterface(child.stderr).on('line', (line) => {
      lines.push(line);
      if (/database system is ready to accept connections/.test(line)) resolve();
    });
  });
}

/** Moves a folder unless another process has put one there. */
async function moveUnlessPresent(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (!existsSync(to)) throw error;
  }
}

/**
 * Starts a PostgreSQL 16.9 server in a temporary folder, on a unix socket only. Every role except the superuser
 * `postgres` authenticates with a password. Durability is off. Works as root too. With `template`, it begins with a
 * copy of that data folder instead of an empty cluster.
 */
export async function startTemporaryPostgres(
  options: { template?: string } = {},
): Promise<TemporaryPostgres> {
  const runAs = owner();
  const folder = await makeStoreFolder('pg');
  const env = withoutPostgresVariables();
  const data = join(folder, 'data');
  let child: ChildProcess | undefined;
  let start: () => Promise<void>;
  // SIGQUIT is the immediate shutdown: the child processes end too, and nothing is flushed. SIGINT flushes.
  const end = async (signal: 'SIGQUIT' | 'SIGINT') => {
    if (child === undefined) return;
    child.kill(signal);
    await exited(child);
  };
  const stop = async ({ keepDataAs }: { keepDataAs?: string } = {}) => {
    await end(keepDataAs === undefined ? 'SIGQUIT' : 'SIGINT');
    if (keepDataAs !== undefined) await moveUnlessPresent(data, keepDataAs);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    if (runAs) await chown(folder, runAs.uid, runAs.gid);
    const programs = await postgresPrograms({ owner: runAs, folder: testRunFolder ?? folder });
    if (options.template !== undefined) {
      // As the owner, who gets the copies. Node's own copy takes four times as long.
      await run('cp', ['-R', options.template, data], { ...runAs, cwd: folder, env });
    } else {
      await run(programs.initdb, ['-D', data, ...initdbArguments], { ...runAs, cwd: folder, env });
      await writeFile(join(data, 'pg_hba.conf'), 'local all postgres trust\nlocal all all scram-sha-256\n');
    }
    const settings = {
      listen_addresses: '',
      unix_socket_directories: folder,
      fsync: 'off',
      synchronous_commit: 'off',
      full_page_writes: 'off',
      shared_buffers: '32MB',
      // Files in the data folder instead of /dev/shm, so that a killed server leaves nothing there.
      dynamic_shared_memory_type: 'mmap',
      max_connections: '60',
      timezone: 'UTC',
    };
    const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    start = async () => {
      child = spawn(programs.postgres, ['-D', data, ...flags], {
        ...runAs,
        cwd: folder,
        env,
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      await accepting(child);
    };
    await start();
  } catch (error) {
    await stop();
    throw error;
  }
  const urlFor = (database: string, user: string, password = 'unused') =>
    `postgresql://${user}:${encodeURIComponent(password)}@localhost/${database}?host=${encodeURIComponent(folder)}`;
  return {
    adminUrl: urlFor('postgres', 'postgres'),
    urlFor,
    stop,
    kill: () => end('SIGQUIT'),
    start,
    [Symbol.asyncDispose]: () => stop(),
  };
}
