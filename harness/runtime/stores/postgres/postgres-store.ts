import { chown, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from 'pg';
import type { StartContext } from '../../boot/boot-graph.ts';
import { NodeFailure } from '../../boot/node-failure.ts';
import type { RunScope } from '../../folders/run-scope.ts';
import { describeExit, type ManagedProcess } from '../../process/managed-process.ts';
import { postgresFolder, postgresSocketFolder } from '../store-addresses.ts';
import { locatePostgres, type PostgresBinaries } from './binaries.ts';
import { DataTemplate, templateFormat } from './data-template.ts';
import { type Owner, postgresOwner } from './owner.ts';
import { type PostgresServer, type PostgresServerOptions, startPostgres } from './server.ts';
import { adminRole, databaseName, initdbArguments, replicatedSettings, socketPort } from './settings.ts';

/** Maximum time of a clean shutdown, which writes all data to disk, milliseconds. */
const shutdownMs = 5_000;

export interface PostgresStoreOptions {
  scope: RunScope;
  /** Node to whose log the server's output goes. */
  node: string;
  cacheFolder: string;
  /** See `Programs.migrationsDigest`; undefined when this run's database must not be kept. */
  migrationsDigest: string | undefined;
  /** The superuser's password in this run. */
  adminPassword: string;
  /** Whether a standby will follow it. */
  replicated?: boolean;
}

type StartProbe = Pick<StartContext, 'signal' | 'probed'>;

/** The run's PostgreSQL, with its data in the run's volatile folder. */
export class PostgresStore {
  readonly #serverOptions: PostgresServerOptions;
  readonly #template: DataTemplate | undefined;
  #server: PostgresServer;
  #restarting = false;
  /** Whether the data came from a template, with all migrations applied. */
  readonly migrated: boolean;

  private constructor(
    serverOptions: PostgresServerOptions,
    template: DataTemplate | undefined,
    server: PostgresServer,
    migrated: boolean,
  ) {
    this.#serverOptions = serverOptions;
    this.#template = template;
    this.#server = server;
    this.migrated = migrated;
  }

  /**
   * Restores the data folder from the template or creates a new one, starts the server and creates the database.
   * @throws NodeFailure (the harness's) when that fails; ReadinessError when the machine cannot run PostgreSQL.
   */
  static async open(options: PostgresStoreOptions, context: StartProbe): Promise<PostgresStore> {
    const { scope, node, adminPassword } = options;
    const folder = postgresFolder(scope.folder);
    const dataFolder = join(folder, 'data');
    const socketFolder = postgresSocketFolder(scope.folder);
    // Loads the driver while the data folder is being created.
    void import('pg');
    const owner = await postgresOwner();
    for (const path of [folder, dataFolder, socketFolder]) {
      await mkdir(path, { mode: 0o700 });
      if (owner) await chown(path, owner.uid, owner.gid);
    }
    const binaries = await locatePostgres({ owner, copyTo: join(folder, 'software') });
    const template =
      options.migrationsDigest === undefined
        ? undefined
        : new DataTemplate({
            scope,
            node,
            owner,
            cacheFolder: options.cacheFolder,
            key: [templateFormat, binaries.packageVersion, options.migrationsDigest]
              .join('-')
              .replaceAll('/', '-'),
          });
    const restored = await template?.restore(dataFolder);
    if (restored === undefined) {
      await emptyFolder(dataFolder, owner);
      await initialise({ scope, node, binaries, owner, dataFolder, socketFolder, adminPassword });
    }
    context.signal.throwIfAborted();
    const settings = options.replicated ? replicatedSettings : undefined;
    const base = { scope, node, binaries, owner, dataFolder, socketFolder, settings };
    const server = await startPostgres({ ...base, adminPassword: restored ?? adminPassword }, context);
    const store = new PostgresStore({ ...base, adminPassword }, template, server, restored !== undefined);
    try {
      if (restored === undefined) {
        await store.#asAdmin('postgres', adminPassword, (client) =>
          client.query(`CREATE DATABASE ${databaseName}`),
        );
      } else {
        await store.#asAdmin('postgres', restored, (client) => setPassword(client, adminRole, adminPassword));
      }
    } catch (error) {
      await store.stop({ graceMs: 300 });
      throw new NodeFailure(
        'exited',
        'harness',
        `the set-up of PostgreSQL failed: ${(error as Error).message}`,
      );
    }
    return store;
  }

  /** The server's process; a new one after `saveAsTemplate`. */
  get process(): ManagedProcess {
    return this.#server.process;
  }

  /** What its server was started with; a standby copies from there. */
  get serverOptions(): PostgresServerOptions {
    return this.#serverOptions;
  }

  /** True while the server is down on purpose. */
  get restarting(): boolean {
    return this.#restarting;
  }

  /** Sets new passwords of roles. @throws NodeFailure when a role does not exist. */
  async setPasswords(passwords: Readonly<Record<string, string>>): Promise<void> {
    try {
      await this.#asAdmin(databaseName, this.#serverOptions.adminPassword, async (client) => {
        await client.query('BEGIN');
        for (const [role, password] of Object.entries(passwords)) await setPassword(client, role, password);
        await client.query('COMMIT');
      });
    } catch (error) {
      throw new NodeFailure(
        'exited',
        'product',
        `the password of a service’s role could not be set: ${(error as Error).message}`,
      );
    }
  }

  /**
   * Saves the data for later runs: shuts the server down cleanly, copies the data, and starts the server again. Does
   * nothing without a template. No client may be connected.
   */
  async saveAsTemplate(context: StartProbe): Promise<void> {
    if (!this.#template) return;
    this.#restarting = true;
    try {
      await this.#server.stop({ mode: 'fast', graceMs: shutdownMs });
      await this.#template.save(this.#serverOptions.dataFolder, this.#serverOptions.adminPassword);
      this.#server = await startPostgres(this.#serverOptions, context);
    } finally {
      this.#restarting = false;
    }
  }

  /** The supervisor of a standby does not mistake a restart for a death. */
  readonly restart = {
    stop: async ({ graceMs }: { graceMs: number }) => {
      this.#restarting = true;
      return await this.#server.stop({ mode: 'fast', graceMs });
    },
    start: async (context: StartProbe) => {
      try {
        this.#server = await startPostgres(this.#serverOptions, context);
      } finally {
        this.#restarting = false;
      }
    },
  };

  /** Stops the server without writing its data to disk. */
  async stop(options: { graceMs: number }): Promise<void> {
    await this.#server.stop({ mode: 'immediate', graceMs: options.graceMs });
  }

  async #asAdmin(
    database: string,
    password: string,
    work: (client: Client) => Promise<unknown>,
  ): Promise<void> {
    const { Client: PgClient } = await import('pg');
    const client = new PgClient({
      host: this.#serverOptions.socketFolder,
      port: socketPort,
      user: adminRole,
      password,
      database,
      connectionTimeoutMillis: 5_000,
    });
    client.on('error', () => {});
    await client.connect();
    try {
      await work(client);
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}

async function setPassword(client: Client, role: string, password: string): Promise<void> {
  await client.query(
    `ALTER ROLE ${client.escapeIdentifier(role)} PASSWORD ${client.escapeLiteral(password)}`,
  );
}

/** Removes the rest of a damaged template: initdb needs an empty folder. */
async function emptyFolder(folder: string, owner: Owner | undefined): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { mode: 0o700 });
  if (owner) await chown(folder, owner.uid, owner.gid);
}

async function initialise(options: {
  scope: RunScope;
  node: string;
  binaries: PostgresBinaries;
  owner: Owner | undefined;
  dataFolder: string;
  socketFolder: string;
  adminPassword: string;
}): Promise<void> {
  const { scope, owner } = options;
  const passwordFile = join(options.socketFolder, 'admin-password');
  await writeFile(passwordFile, options.adminPassword, { mode: 0o600 });
  if (owner) await chown(passwordFile, owner.uid, owner.gid);
  const initdb = scope.spawn(options.node, {
    command: options.binaries.initdb,
    args: [...initdbArguments, `--pgdata=${options.dataFolder}`, `--pwfile=${passwordFile}`],
    cwd: options.socketFolder,
    owner,
    reaperSignal: 'SIGTERM',
  });
  const exit = await initdb.exited;
  await rm(passwordFile, { force: true });
  if (exit.code !== 0) throw new NodeFailure('exited', 'harness', `initdb ${describeExit(exit)}`);
}
