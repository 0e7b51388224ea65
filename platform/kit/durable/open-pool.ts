import pg from 'pg';
import type { Log } from '../observe/log.ts';
import { databaseHosts } from '../postgres/database-hosts.ts';
import { primaryClientClass } from '../postgres/primary-client.ts';
import { createStatementNames } from './statement-names.ts';

/** Connections of the engine: one listens for messages, the others write and claim. */
const poolSize = 5;
const connectTimeoutMs = 3_000;
const statementTimeoutMs = 15_000;

export interface DurablePool {
  /** URL of the first server. */
  readonly url: string;
  readonly pool: pg.Pool;
  /** Name under which connections prepare a statement of the engine; undefined for one that they do not prepare. */
  nameOf(text: string): string | undefined;
  /** A connection beside the pool, which the caller ends. */
  connect(): Promise<pg.Client>;
}

/** Connections that prepare those statements which `nameOf` names. */
function preparingClass(Client: typeof pg.Client, nameOf: DurablePool['nameOf']): typeof pg.Client {
  type Query = (...args: unknown[]) => unknown;
  class PreparingClient extends Client {}
  const query = Client.prototype.query as Query;
  PreparingClient.prototype.query = function (this: pg.Client, ...args: unknown[]) {
    const [text, values, ...rest] = args;
    const name = typeof text === 'string' && Array.isArray(values) ? nameOf(text) : undefined;
    return query.apply(this, name === undefined ? args : [{ name, text, values }, ...rest]);
  } as typeof Client.prototype.query;
  return PreparingClient;
}

/** Connections of the engine to the server that accepts writes. */
export function openPool({ url, log }: { url: string; log: Log }): DurablePool {
  const hosts = databaseHosts(url);
  const Client = hosts.length === 1 ? pg.Client : primaryClientClass(hosts);
  const connection: pg.ClientConfig = {
    connectionString: hosts[0],
    connectionTimeoutMillis: connectTimeoutMs,
    statement_timeout: statementTimeoutMs,
    idle_in_transaction_session_timeout: statementTimeoutMs,
  };
  const nameOf = createStatementNames();
  const pool = new pg.Pool({
    ...connection,
    Client: preparingClass(Client, nameOf),
    max: poolSize,
  } as pg.PoolConfig);
  pool.on('error', (error) => log.warn({ err: error.message }, 'an idle connection of the engine failed'));
  // While a connection is in use, the pool does not listen to it, and an event without a listener ends the process.
  pool.on('connect', (client) => client.on('error', () => {}));
  return {
    url: hosts[0],
    pool,
    nameOf,
    async connect() {
      const client = new Client(connection);
      client.on('error', () => {});
      await client.connect();
      return client;
    },
  };
}
