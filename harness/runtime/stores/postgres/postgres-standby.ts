import { appendFile, chown, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from 'pg';
import type { Failover } from '../../../engine/stack.ts';
import type { StartContext } from '../../boot/boot-graph.ts';
import { NodeFailure } from '../../boot/node-failure.ts';
import type { RunScope } from '../../folders/run-scope.ts';
import { describeExit, type ManagedProcess } from '../../process/managed-process.ts';
import { postgresUrl, standbyFolder, standbySocketFolder } from '../store-addresses.ts';
import type { PostgresStore } from './postgres-store.ts';
import { type PostgresServer, startPostgres } from './server.ts';
import { adminRole, databaseName, socketPort } from './settings.ts';

const replicationRole = 'standby';
/** Time between two probes of the primary, milliseconds. */
const probeEveryMs = 200;
/** Refused probes in a row after which the primary counts as dead. */
const refusalsUntilDead = 3;
/** Time without a response after which a primary that refuses no connection counts as dead, milliseconds. */
const hangLimitMs = 10_000;
const probeLimitMs = 1_000;
/** Not part of a base copy: the standby gets its log by streaming, and the rest belongs to the other server. */
const notCopied = ['./pg_wal/*', './postmaster.*', './pg_replslot/*', './pg_dynshmem/*', './pg_stat_tmp/*'];

export interface PostgresStandbyOptions {
  scope: RunScope;
  node: string;
  primary: PostgresStore;
  /** Password of the replication role. */
  password: string;
}

/**
 * A hot standby that confirms every commit of the primary, and the supervisor that promotes it: the part that
 * CloudNativePG or Patroni has in production. The supervisor kills the primary before it promotes, so that two servers
 * never accept writes.
 *
 * Replication is synchronous: nothing confirmed is lost with the primary. In return, commits wait while the standby is
 * down.
 */
export class PostgresStandby implements Failover {
  readonly #options: PostgresStandbyOptions;
  #server: PostgresServer;
  readonly #end = new AbortController();
  readonly #supervision: Promise<number | undefined>;
  #primaryKilled = false;
  readonly standbyUrl: string;

  private constructor(options: PostgresStandbyOptions, server: PostgresServer) {
    this.#options = options;
    this.#server = server;
    this.standbyUrl = postgresUrl(
      options.scope.folder,
      { role: adminRole, password: options.primary.serverOptions.adminPassword },
      standbySocketFolder(options.scope.folder),
    );
    this.#supervision = this.#supervise();
  }

  /** Copies the primary, starts the standby and makes the primary wait for it. */
  static async open(
    options: PostgresStandbyOptions,
    context: Pick<StartContext, 'signal' | 'probed'>,
  ): Promise<PostgresStandby> {
    const { scope, node, primary, password } = options;
    const of = primary.serverOptions;
    const folder = standbyFolder(scope.folder);
    const [dataFolder, socketFolder] = [join(folder, 'data'), standbySocketFolder(scope.folder)];
    for (const path of [folder, dataFolder, socketFolder]) {
      await mkdir(path, { mode: 0o700 });
      if (of.owner) await chown(path, of.owner.uid, of.owner.gid);
    }
    await asAdmin(of.socketFolder, of.adminPassword, async (client) => {
      await client.query(
        `create role ${replicationRole} replication login password ${client.escapeLiteral(password)}`,
      );
      // The slot keeps the log until the standby has it.
      await client.query(`select pg_create_physical_replication_slot('${replicationRole}', true)`);
      await client.query(`select pg_backup_start('${replicationRole}', true)`);
      const excluded = notCopied.map((pattern) => `--exclude=${pattern}`).join(' ');
      const copy = await scope.spawn(node, {
        command: 'sh',
        args: ['-c', `tar -cf - ${excluded} -C "$1" . | tar -xf - -C "$2"`, 'sh', of.dataFolder, dataFolder],
        cwd: folder,
        owner: of.owner,
      }).exited;
      if (copy.code !== 0) throw new NodeFailure('exited', 'harness', `the base copy ${describeExit(copy)}`);
      const { rows } = await client.query<{ labelfile: string }>(
        'select labelfile from pg_backup_stop(false)',
      );
      const login = `host=${of.socketFolder} port=${socketPort} user=${replicationRole} password=${password}`;
      const files = { backup_label: rows[0]?.labelfile ?? '', 'standby.signal': '' };
      for (const [name, text] of Object.entries(files)) {
        await writeFile(join(dataFolder, name), text, { mode: 0o600 });
        if (of.owner) await chown(join(dataFolder, name), of.owner.uid, of.owner.gid);
      }
      await appendFile(
        join(dataFolder, 'postgresql.auto.conf'),
        [
          `primary_conninfo = '${login} application_name=${replicationRole}'`,
          `primary_slot_name = '${replicationRole}'`,
          // Commits wait until it streams again after a restart of the primary; the default is 5 s.
          "wal_retrieve_retry_interval = '200ms'",
          '',
        ].join('\n'),
      );
    });
    const server = await startPostgres({ ...of, node, dataFolder, socketFolder }, context);
    try {
      await asAdmin(of.socketFolder, of.adminPassword, async (client) => {
        await client.query(`alter system set synchronous_standby_names = '${replicationRole}'`);
        await client.query('select pg_reload_conf()');
        await untilSynchronous(client, context.signal);
      });
    } catch (error) {
      await server.stop({ mode: 'immediate', graceMs: 300 });
      throw error;
    }
    context.probed('streams synchronously from the primary');
    return new PostgresStandby(options, server);
  }

  get process(): ManagedProcess {
    return this.#server.process;
  }

  /** Whether the primary is down on purpose: a drill or the supervisor has killed it. */
  get primaryKilled(): boolean {
    return this.#primaryKilled;
  }

  async killPrimary(signal: AbortSignal): Promise<{ killedAtMs: number; promotedAtMs: number }> {
    this.#primaryKilled = true;
    this.#options.primary.process.signal('SIGKILL');
    const killedAtMs = performance.now();
    const aborted = Promise.withResolvers<never>();
    const abort = () => aborted.reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    try {
      const promotedAtMs = await Promise.race([this.#supervision, aborted.promise]);
      if (promotedAtMs === undefined) throw new Error('the supervisor promoted nothing');
      return { killedAtMs, promotedAtMs };
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  async stop(options: { graceMs: number }): Promise<void> {
    this.#end.abort();
    await this.#supervision;
    await this.#server.stop({ mode: 'immediate', graceMs: options.graceMs });
  }

  /** Commits wait while it is down. */
  readonly restart = {
    stop: ({ graceMs }: { graceMs: number }) => this.#server.stop({ mode: 'fast', graceMs }),
    start: async (context: Pick<StartContext, 'signal' | 'probed'>) => {
      const { primary, scope, node } = this.#options;
      const socketFolder = standbySocketFolder(scope.folder);
      const dataFolder = join(standbyFolder(scope.folder), 'data');
      this.#server = await startPostgres(
        { ...primary.serverOptions, node, dataFolder, socketFolder },
        context,
      );
      const { socketFolder: primarySockets, adminPassword } = primary.serverOptions;
      await asAdmin(primarySockets, adminPassword, (client) => untilSynchronous(client, context.signal));
    },
  };

  /** Promotes the standby when the primary is dead. @returns the time of that; undefined at the end of the run */
  async #supervise(): Promise<number | undefined> {
    const { primary, scope, node } = this.#options;
    const { signal } = this.#end;
    const { socketFolder, adminPassword } = primary.serverOptions;
    let refusals = 0;
    let aliveAtMs = performance.now();
    try {
      while (refusals < refusalsUntilDead && performance.now() - aliveAtMs < hangLimitMs) {
        await delay(probeEveryMs, undefined, { signal });
        const failure = await asAdmin(socketFolder, adminPassword, (client) => client.query('select 1')).then(
          () => undefined,
          (error: NodeJS.ErrnoException) => error,
        );
        if (failure === undefined || primary.restarting) {
          refusals = 0;
          aliveAtMs = performance.now();
        } else if (['ECONNREFUSED', 'ENOENT'].includes(failure.code ?? '')) {
          refusals += 1;
        }
      }
      signal.throwIfAborted();
      this.#primaryKilled = true;
      await primary.process.stop({ signal: 'SIGKILL', graceMs: 0 });
      await this.#removeSharedMemory();
      await this.#promote();
      return performance.now();
    } catch (error) {
      if (!signal.aborted) scope.log(node).write('stderr', `The promotion failed: ${String(error)}\n`);
      return undefined;
    }
  }

  /** Tries until the standby accepts writes: nothing else would end the outage. */
  async #promote(): Promise<void> {
    const { primary, scope, node } = this.#options;
    const { signal } = this.#end;
    for (;;) {
      signal.throwIfAborted();
      try {
        await asAdmin(standbySocketFolder(scope.folder), primary.serverOptions.adminPassword, (client) =>
          client.query('select pg_promote(true, 10) where pg_is_in_recovery()'),
        );
        return;
      } catch (error) {
        scope.log(node).write('stderr', `The promotion failed; trying again: ${String(error)}\n`);
      }
      await delay(probeEveryMs, undefined, { signal });
    }
  }

  /** A killed server leaves its segment of System V shared memory; its number is in its lock file. */
  async #removeSharedMemory(): Promise<void> {
    const { primary, scope, node } = this.#options;
    const { dataFolder, owner } = primary.serverOptions;
    const lock = await readFile(join(dataFolder, 'postmaster.pid'), 'utf8').catch(() => '');
    const id = lock.split('\n')[6]?.trim().split(/\s+/)[1];
    if (id === undefined || !/^\d+$/.test(id)) return;
    await scope.spawn(node, { command: 'ipcrm', args: ['-m', id], cwd: scope.folder.path, owner }).exited;
  }
}

async function untilSynchronous(client: Client, signal: AbortSignal): Promise<void> {
  for (;;) {
    const { rows } = await client.query(
      `select 1 from pg_stat_replication where application_name = '${replicationRole}' and sync_state = 'sync'`,
    );
    if (rows.length > 0) return;
    await delay(20, undefined, { signal });
  }
}

async function asAdmin(
  socketFolder: string,
  password: string,
  work: (client: Client) => Promise<unknown>,
): Promise<void> {
  const { Client: PgClient } = await import('pg');
  const client = new PgClient({
    host: socketFolder,
    port: socketPort,
    user: adminRole,
    password,
    database: databaseName,
    connectionTimeoutMillis: probeLimitMs,
  });
  client.on('error', () => {});
  try {
    await client.connect();
    await work(client);
  } finally {
    client.end().catch(() => undefined);
  }
}
