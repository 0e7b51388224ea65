import type { Transaction } from '../postgres/database.ts';
import type { KeyDigests, KeyOwner } from './idempotency-key.ts';

/** A key as its service stores it. */
export interface StoredKey {
  fingerprint: Buffer | null;
  /** Seconds until the claim of the running request ends. */
  held_for_s: number | null;
  response: Buffer | null;
}

/** A key in the database: the owner, and the digests instead of the key. */
export type KeyId = KeyOwner & Pick<KeyDigests, 'hash'>;

export interface EndedRequest extends KeyId {
  fingerprint: Buffer | undefined;
  response: Buffer;
}

export interface Claim extends KeyId {
  /** Identifies the request that has claimed the key. */
  holder: string;
}

/** Statements on the keys of one service. All but `sweep` run in a transaction of the tenant. */
export interface KeyRows {
  /** Locks the key until the transaction ends. False when another transaction has locked it. */
  lock(tx: Transaction, digests: Pick<KeyDigests, 'lock'>): Promise<boolean>;
  /** Undefined when the key is not stored or has expired. */
  find(tx: Transaction, id: KeyId): Promise<StoredKey | undefined>;
  store(tx: Transaction, ended: EndedRequest): Promise<void>;
  /** @param claim `leaseS`: time after which the request counts as lost, seconds */
  claim(tx: Transaction, claim: Claim & { fingerprint: Buffer | undefined; leaseS: number }): Promise<void>;
  /** Locks the row of a claim. False when it was lost to another request. */
  holds(tx: Transaction, claim: Claim): Promise<boolean>;
  /** Ends a claim with a response. Does nothing when it was lost. */
  complete(tx: Transaction, ended: EndedRequest & Claim): Promise<void>;
  /** Ends a claim without a response, so that the request can be repeated. */
  release(tx: Transaction, claim: Claim): Promise<void>;
  /** Deletes expired keys of all tenants. @returns how many */
  sweep(tx: Transaction, atMost: number): Promise<number>;
}

/**
 * @param schema of the service
 * @param keptHours how long a key is stored
 */
export function createKeyRows(schema: string, keptHours: number): KeyRows {
  const table = `${schema}.idempotency_keys`;
  const mine = 'tenant_id = $1 and user_id = $2 and route = $3 and key_hash = $4';
  const idOf = ({ tenantId, userId, route, hash }: KeyId) => [tenantId, userId, route, hash];
  const write = (name: string) => ({
    name,
    text: `
      insert into ${table} (tenant_id, user_id, route, key_hash, fingerprint, response, holder, held_until, expires_at)
      values ($1, $2, $3, $4, $5, $6, $7, now() + make_interval(secs => $8), now() + make_interval(hours => ${keptHours}))
      on conflict (tenant_id, user_id, route, key_hash) do update
      set fingerprint = excluded.fingerprint, response = excluded.response, holder = excluded.holder,
          held_until = excluded.held_until, created_at = now(), expires_at = excluded.expires_at`,
  });
  const storeStatement = write('store_idempotency_key');

  return {
    async lock(tx, { lock }) {
      const { rows } = await tx.query<{ locked: boolean }>(
        { name: 'lock_idempotency_key', text: 'select pg_try_advisory_xact_lock($1::bigint) as locked' },
        [lock],
      );
      return rows[0]?.locked === true;
    },
    async find(tx, id) {
      const { rows } = await tx.query<StoredKey>(
        {
          name: 'find_idempotency_key',
          text: `select fingerprint, response, extract(epoch from held_until - now())::float8 as held_for_s
                 from ${table} where ${mine} and expires_at > now()`,
        },
        idOf(id),
      );
      return rows[0];
    },
    async store(tx, { fingerprint = null, response, ...id }) {
      await tx.query(storeStatement, [...idOf(id), fingerprint, response, null, null]);
    },
    async claim(tx, { fingerprint = null, holder, leaseS, ...id }) {
      await tx.query(storeStatement, [...idOf(id), fingerprint, null, holder, leaseS]);
    },
    async holds(tx, { holder, ...id }) {
      const { rowCount } = await tx.query(
        {
          name: 'hold_idempotency_key',
          text: `select 1 from ${table} where ${mine} and holder = $5 for update`,
        },
        [...idOf(id), holder],
      );
      return rowCount > 0;
    },
    async complete(tx, { holder, fingerprint = null, response, ...id }) {
      await tx.query(
        {
          name: 'complete_idempotency_key',
          text: `update ${table}
                 set fingerprint = coalesce($6, fingerprint), response = $7, holder = null, held_until = null
                 where ${mine} and holder = $5`,
        },
        [...idOf(id), holder, fingerprint, response],
      );
    },
    async release(tx, { holder, ...id }) {
      await tx.query(
        { name: 'release_idempotency_key', text: `delete from ${table} where ${mine} and holder = $5` },
        [...idOf(id), holder],
      );
    },
    async sweep(tx, atMost) {
      const { rows } = await tx.query<{ swept: number }>(
        `select ${schema}.sweep_idempotency_keys($1) as swept`,
        [atMost],
      );
      return rows[0]?.swept ?? 0;
    },
  };
}
