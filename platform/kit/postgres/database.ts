import pg from 'pg';
import type { Log } from '../observe/log.ts';
import { isRecorded, SpanKind, withSpan } from '../observe/tracing.ts';
import type { Dependency } from '../service/dependency.ts';
import { databaseHosts } from './database-hosts.ts';
import {
  type JoinedTransaction,
  JoinedWork,
  joinedTransaction,
  setTenantLocally,
} from './joined-transaction.ts';
import { createPipelinedConnections } from './pipelined-connections.ts';
import { primaryClientClass } from './primary-client.ts';
import {
  createRunAsTenant,
  type NamedStatement,
  prepareTenantStatements,
  type Rows,
  type Statement,
  type Tenant,
  type Transaction,
} from './tenant-statement.ts';

export type { NamedStatement, Rows, Statement, Tenant, Transaction } from './tenant-statement.ts';

export interface Database extends Transaction {
  /** One statement as a tenant, in one round trip and its own transaction. */
  tenantQuery<Row extends object>(
    tenant: Tenant,
    statement: Statement,
    values?: readonly unknown[],
  ): Promise<Rows<Row>>;
  /**
   * A short read as a tenant on shared, pipelined connections, at about twice the rate of `tenantQuery`. Use it only
   * for statements that wait for no lock and touch few rows, such as reading by key: later ones wait for them.
   */
  tenantRead<Row extends object>(
    tenant: Tenant,
    statement: NamedStatement,
    values?: readonly unknown[],
  ): Promise<Rows<Row>>;
  /** Several statements as a tenant in one transaction, which is rolled back when `work` throws. */
  withTenant<T>(tenant: Tenant, work: (tx: Transaction) => Promise<T>): Promise<T>;
  /** Several statements in one transaction without a tenant, which sees no rows of tenant tables. */
  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
  /**
   * Begins a transaction that all other work of this database joins in a scope with `joined` set to it. The caller must
   * end it. It holds a connection until then, so it must not wait for long.
   */
  beginJoined(tenant: Tenant): Promise<EndableTransaction>;
  readonly dependency: Dependency;
  close(): Promise<void>;
}

export interface EndableTransaction {
  readonly joined: JoinedTransaction;
  /** Commits, and then calls what waited for it. */
  commit(): Promise<void>;
  /** Rolls back. Never rejects. */
  rollback(): Promise<void>;
}

export interface DatabaseOptions {
  /** URL with the service's own role. With several hosts, connections go to the one that accepts writes. */
  url: string;
  /** Maximum number of connections; default 8. */
  poolSize?: number;
  log: Log;
}

/** Number of connections for short reads. The second is used while the first is blocked. */
const pipelinedConnections = 2;
const connectTimeoutMs = 3_000;
const statementTimeoutMs = 15_000;
/** SQLSTATEs that callers test for. */
export const sqlState = {
  uniqueViolation: '23505',
  foreignKeyViolation: '23503',
  serializationFailure: '40001',
  deadlock: '40P01',
} as const;

/** Whether an error is from PostgreSQL with this SQLSTATE and, if given, from this constraint. */
export function isSqlState(error: unknown, state: string, constraint?: string): boolean {
  return (
    error instanceof pg.DatabaseError &&
    error.code === state &&
    (constraint === undefined || error.constraint === constraint)
  );
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

function assertTenant({ tenantId, userId }: Tenant): void {
  if (!uuid.test(tenantId) || !uuid.test(userId)) throw new TypeError('a tenant needs two uuids');
}

/** Timestamps become ISO 8601 in UTC, as contracts declare them. `int8` becomes a number while that is exact. */
function wireTypes(): pg.CustomTypesConfig {
  const { builtins, getTypeParser } = pg.types;
  return {
    getTypeParser(oid: number, format?: 'text' | 'binary') {
      if (format !== 'binary') {
        if (oid === builtins.TIMESTAMPTZ) return (text: string) => new Date(text).toISOString();
        if (oid === builtins.INT8) {
          return (text: string) => (Number.isSafeInteger(Number(text)) ? Number(text) : text);
        }
      }
      return getTypeParser(oid, format as 'text');
    },
  } as pg.CustomTypesConfig;
}

const withText = (statement: Statement) => (typeof statement === 'string' ? { text: statement } : statement);

function traced<T>(statement: Statement, work: () => Promise<T>): Promise<T> {
  if (!isRecorded()) return work();
  const { name, text } = { name: 'query', ...withText(statement) };
  return withSpan(
    `postgresql ${name}`,
    { kind: SpanKind.CLIENT, attributes: { 'db.system.name': 'postgresql', 'db.query.text': text } },
    work,
  );
}

function queriesOn(client: pg.Pool | pg.PoolClient): Transaction {
  return {
    query: (statement, values = []) =>
      traced(statement, async () => {
        const { rows, rowCount } = await client.query({ ...withText(statement), values: [...values] });
        return { rows, rowCount: rowCount ?? 0 };
      }),
  };
}

/** Opens a pool without waiting for the server: a missing database shows in `/ready`. */
export function openDatabase({ url, poolSize = 8, log }: DatabaseOptions): Database {
  const types = wireTypes();
  const runAsTenant = createRunAsTenant(types);
  const hosts = databaseHosts(url);
  const Client = hosts.length === 1 ? pg.Client : primaryClientClass(hosts);
  const connection: pg.ClientConfig = {
    connectionString: hosts[0],
    connectionTimeoutMillis: connectTimeoutMs,
    statement_timeout: statementTimeoutMs,
    idle_in_transaction_session_timeout: statementTimeoutMs,
    types,
  };
  const pipelined = createPipelinedConnections({
    config: connection,
    connections: pipelinedConnections,
    Client,
    onError: (error) => log.warn({ err: error.message }, 'a pipelined database connection failed'),
  });
  const pool = new pg.Pool({
    ...connection,
    Client,
    max: poolSize,
    idleTimeoutMillis: 30_000,
    onConnect: prepareTenantStatements,
  } as pg.PoolConfig);
  pool.on('error', (error) => log.warn({ err: error.message }, 'an idle database connection failed'));
  // While a connection is in use, the pool does not listen to it, and an event without a listener ends the process.
  pool.on('connect', (client) => client.on('error', () => {}));

  async function inTransaction<T>(
    begin: (client: pg.PoolClient) => Promise<unknown>,
    work: (tx: Transaction) => Promise<T>,
  ): Promise<T> {
    const client = await pool.connect();
    let broken: Error | undefined;
    try {
      await begin(client);
      const result = await work(queriesOn(client));
      await client.query('commit');
      return result;
    } catch (error) {
      // The state of a connection that cannot roll back is unknown: the pool must drop it.
      await client.query('rollback').catch((failure: Error) => {
        broken = failure;
      });
      throw error;
    } finally {
      client.release(broken);
    }
  }

  const pooled = queriesOn(pool);
  const owner = {};

  const database: Database = {
    query(statement, values) {
      const joined = joinedTransaction(owner);
      return joined
        ? joined.run(undefined, (tx) => tx.query(statement, values))
        : pooled.query(statement, values);
    },
    tenantQuery(tenant, statement, values = []) {
      const joined = joinedTransaction(owner);
      if (joined) return database.withTenant(tenant, (tx) => tx.query(statement, values));
      return traced(statement, async () => {
        assertTenant(tenant);
        const client = await pool.connect();
        try {
          return await runAsTenant(client, tenant, withText(statement), values);
        } finally {
          client.release();
        }
      });
    },
    async tenantRead(tenant, statement, values = []) {
      assertTenant(tenant);
      if (joinedTransaction(owner)) return database.tenantQuery(tenant, statement, values);
      return traced(statement, () =>
        pipelined.send((client) => runAsTenant(client, tenant, statement, values)),
      );
    },
    async withTenant(tenant, work) {
      assertTenant(tenant);
      const joined = joinedTransaction(owner);
      if (joined) return joined.run(tenant, work);
      return inTransaction(
        // The uuids were validated above. One simple query takes one round trip.
        (client) => client.query(`begin; ${setTenantLocally(tenant)}`),
        work,
      );
    },
    transaction(work) {
      const joined = joinedTransaction(owner);
      return joined ? joined.run(undefined, work) : inTransaction((client) => client.query('begin'), work);
    },
    async beginJoined(tenant) {
      assertTenant(tenant);
      const client = await pool.connect();
      try {
        await client.query(`begin; ${setTenantLocally(tenant)}`);
      } catch (error) {
        client.release(error as Error);
        throw error;
      }
      return endable(
        client,
        new JoinedWork(owner, { ...queriesOn(client), command: (text) => client.query(text) }, tenant),
        log,
      );
    },
    dependency: {
      name: 'postgresql',
      async check() {
        await pool.query('select 1');
      },
    },
    async close() {
      await Promise.all([pool.end(), pipelined.close()]);
    },
  };
  return database;
}

/** Ends a joined transaction and gives its connection back. */
function endable(client: pg.PoolClient, joined: JoinedWork, log: Log): EndableTransaction {
  let ended = false;
  return {
    joined,
    async commit() {
      ended = true;
      const waiting = await joined.close();
      let broken: Error | undefined;
      try {
        const { command } = await client.query('commit');
        // PostgreSQL responds so, without an error, when a statement has failed and nobody noticed.
        if (command === 'ROLLBACK') throw new Error('the transaction of the request was rolled back');
      } catch (error) {
        broken = error as Error;
        throw error;
      } finally {
        client.release(broken);
      }
      for (const work of waiting) {
        // The change is durable, so its response must not fail.
        Promise.try(work).catch((error: unknown) => log.warn({ err: error }, 'work after a commit failed'));
      }
    },
    async rollback() {
      if (ended) return;
      ended = true;
      await joined.close();
      await client.query('rollback').then(
        () => client.release(),
        (error: Error) => client.release(error),
      );
    },
  };
}
