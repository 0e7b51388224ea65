import { currentScope, type Joinable, runInScope, type Scope } from '../service/scope.ts';
import type { Tenant, Transaction } from './tenant-statement.ts';

/**
 * One transaction that all database work of a request joins. What would be a transaction of its own becomes a
 * savepoint: it fails alone, and it is durable only when the whole transaction commits. Work that is started at the
 * same time runs one after another, because a connection has one transaction.
 */
export interface JoinedTransaction extends Transaction, Joinable {
  /** The database to which it belongs. Work on other databases does not join. */
  readonly owner: object;
  /** Runs work in a savepoint as a tenant, or without one. */
  run<T>(tenant: Tenant | undefined, work: (tx: Transaction) => Promise<T>): Promise<T>;
}

/** Sends statements on one connection. */
interface Connection {
  query: Transaction['query'];
  /** Several statements without results, in one round trip. */
  command(text: string): Promise<unknown>;
}

const savepoint = 'joined_work';

/** Sets the tenant until the end of the transaction. The ids were validated as uuids. */
export function setTenantLocally(tenant: Tenant | undefined): string {
  const { tenantId = '', userId = '' } = tenant ?? {};
  return `set local app.tenant_id = '${tenantId}'; set local app.user_id = '${userId}'`;
}

/** The request's transaction in this database, where one is open. */
export function joinedTransaction(owner: object): JoinedTransaction | undefined {
  const joined = currentScope()?.joined;
  return joined instanceof JoinedWork && joined.owner === owner && joined.isOpen ? joined : undefined;
}

/**
 * Calls `work` when the current request's changes are durable: at once, unless the request has a joined transaction.
 * For work in this process that reads what the request has written, and for messages about it. A failure after a
 * commit is logged.
 * @returns what the work returns when it is called at once
 */
export function afterCommit<T>(work: () => T): T | undefined {
  const joined = currentScope()?.joined;
  if (!joined?.isOpen) return work();
  joined.afterCommit(work);
  return undefined;
}

/** A level of nested work. Only the innermost open level may send statements. */
export class JoinedWork implements JoinedTransaction {
  readonly owner: object;
  readonly #connection: Connection;
  readonly #tenant: Tenant | undefined;
  #tail: Promise<unknown> = Promise.resolve();
  #open = true;
  readonly #afterCommit: (() => unknown)[] = [];

  constructor(owner: object, connection: Connection, tenant: Tenant | undefined) {
    this.owner = owner;
    this.#connection = connection;
    this.#tenant = tenant;
  }

  get isOpen(): boolean {
    return this.#open;
  }

  query: Transaction['query'] = (statement, values) =>
    this.#inTurn(() => this.#connection.query(statement, values));

  run<T>(tenant: Tenant | undefined, work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.#inTurn(async () => {
      const level = new JoinedWork(this.owner, this.#connection, tenant);
      await this.#connection.command(`savepoint ${savepoint}; ${setTenantLocally(tenant)}`);
      try {
        const scope = { ...(currentScope() as Scope), joined: level };
        const result = await runInScope(scope, () => work(level));
        const waiting = await level.close();
        await this.#connection.command(`release savepoint ${savepoint}; ${setTenantLocally(this.#tenant)}`);
        this.#afterCommit.push(...waiting);
        return result;
      } catch (error) {
        await level.close();
        // A connection that cannot do this is broken. The commit then fails too.
        await this.#connection
          .command(`rollback to savepoint ${savepoint}; release savepoint ${savepoint}`)
          .catch(() => {});
        throw error;
      }
    });
  }

  afterCommit(work: () => unknown): void {
    this.#afterCommit.push(work);
  }

  /** Waits for work that has begun and takes no more. @returns what to call after the commit */
  async close(): Promise<readonly (() => unknown)[]> {
    this.#open = false;
    await this.#tail;
    return this.#afterCommit;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (!this.#open) return Promise.reject(new Error('the transaction of this request has ended'));
    const turn = this.#tail.then(work);
    this.#tail = turn.catch(() => {});
    return turn;
  }
}
