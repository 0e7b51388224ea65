import { createPrivateKey, generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto';
import type { CryptoKey } from 'jose';
import { decrypt, encrypt } from '../../../kit/auth/encryption.ts';
import { spacedLoads } from '../../../kit/auth/spaced-loads.ts';
import type { Database } from '../../../kit/postgres/database.ts';
import type { Dependency } from '../../../kit/service/dependency.ts';

export interface SigningKey {
  kid: string;
  privateKey: KeyObject;
}

export interface PublicJwk {
  kid: string;
  kty: string;
  alg: string;
  use: string;
  /** Until when tokens of an earlier key may be accepted, seconds since the epoch; absent for the key that signs. */
  exp?: number;
  [member: string]: unknown;
}

export interface SigningKeys {
  /** The key that signs. Creates one when there is none or the newest is too old. */
  current(): Promise<SigningKey>;
  /** All keys whose tokens may not have expired yet, read after the call. */
  published(): Promise<PublicJwk[]>;
  keyOf(kid: string): Promise<CryptoKey | undefined>;
  /** When a key that was found ends, milliseconds since the epoch; undefined for one without an end. */
  endOf(kid: string): number | undefined;
  /** Creates a key that signs from now on. The old key stays published until its last token expires. */
  rotate(): Promise<SigningKey>;
  readonly dependency: Dependency;
}

export interface SigningKeysOptions {
  database: Database;
  /** 32 bytes; never stored. */
  encryptionKey: Buffer;
  /** Maximum age of a key that signs, days. */
  rotationDays: number;
  /** Lifetime of an access token, seconds. */
  tokenSeconds: number;
  now?(): number;
}

interface Row {
  kid: string;
  public_jwk: PublicJwk;
  private_key_sealed: Buffer;
  created_at: string;
  published_until: string | null;
}

interface Loaded {
  atMs: number;
  createdMs: number;
  current: SigningKey | undefined;
  published: PublicJwk[];
  verifying: Map<string, CryptoKey>;
  /** Milliseconds since the epoch, by key id. */
  ends: Map<string, number>;
}

/** How long loaded keys are used before the database is checked for newer keys of other processes, milliseconds. */
const reloadMs = 30_000;
/**
 * Minimum time between two reloads for the key set and for unknown key ids, milliseconds: their maximum wait. It keeps
 * unlimited questions at a hundred small statements per second, and no client notices it.
 */
const reloadGapMs = 10;
/** Covers the clock differences within one platform, seconds. */
const overlapMarginS = 60;
const rotationLock = 7_042_002;
const dayMs = 86_400_000;

async function importPublic(jwk: PublicJwk): Promise<CryptoKey> {
  return crypto.subtle.importKey('jwk', jwk, { name: 'ECDSA', namedCurve: 'P-256' }, true, ['verify']);
}

/**
 * Signing keys (ES256) in the database, shared by all instances. The private part is encrypted. Only the newest key
 * signs.
 */
export function createSigningKeys(options: SigningKeysOptions): SigningKeys {
  const { database, encryptionKey } = options;
  const now = options.now ?? Date.now;
  let loading: Promise<Loaded> | undefined;
  let loaded: Loaded | undefined;

  function privateKeyOf(row: Row): KeyObject {
    try {
      const der = decrypt(encryptionKey, row.kid, row.private_key_sealed);
      return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
    } catch (cause) {
      throw new Error('KEY_ENCRYPTION_KEY cannot decrypt the stored signing keys', { cause });
    }
  }

  async function read(): Promise<Loaded> {
    const { rows } = await database.query<Row>({
      name: 'read_signing_keys',
      text: `select kid, public_jwk, private_key_sealed, created_at, published_until
             from identity.signing_keys
             where published_until is null or published_until > now()
             order by created_at desc, kid`,
    });
    const newest = rows.find((row) => row.published_until === null);
    return {
      atMs: now(),
      createdMs: newest ? Date.parse(newest.created_at) : 0,
      current: newest && { kid: newest.kid, privateKey: privateKeyOf(newest) },
      published: rows.map(({ public_jwk, published_until }) => ({
        ...public_jwk,
        ...(published_until === null ? {} : { exp: Math.floor(Date.parse(published_until) / 1000) }),
      })),
      verifying: new Map(
        await Promise.all(rows.map(async (row) => [row.kid, await importPublic(row.public_jwk)] as const)),
      ),
      ends: new Map(
        rows.flatMap(({ kid, published_until }) =>
          published_until === null ? [] : [[kid, Date.parse(published_until)] as const],
        ),
      ),
    };
  }

  /** Creates a key unless another process has already replaced the same one. */
  async function create(replacedKid: string | undefined): Promise<void> {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const kid = randomUUID();
    const jwk = { ...publicKey.export({ format: 'jwk' }), kid, alg: 'ES256', use: 'sig' };
    const encrypted = encrypt(encryptionKey, kid, privateKey.export({ format: 'der', type: 'pkcs8' }));
    await database.transaction(async (tx) => {
      await tx.query('select pg_advisory_xact_lock($1)', [rotationLock]);
      const newest = await tx.query<{ kid: string }>(
        'select kid from identity.signing_keys where published_until is null order by created_at desc limit 1',
      );
      if (newest.rows[0]?.kid !== replacedKid) return;
      await tx.query(
        `update identity.signing_keys set published_until = now() + make_interval(secs => $1)
         where published_until is null`,
        [options.tokenSeconds + overlapMarginS],
      );
      await tx.query(
        'insert into identity.signing_keys (kid, public_jwk, private_key_sealed) values ($1, $2, $3)',
        [kid, jwk, encrypted],
      );
    });
  }

  async function load(): Promise<Loaded> {
    let state = await read();
    const tooOld = now() - state.createdMs > options.rotationDays * dayMs;
    if (state.current === undefined || tooOld) {
      await create(state.current?.kid);
      state = await read();
    }
    loaded = state;
    return state;
  }

  function reload(): Promise<Loaded> {
    loading ??= load().finally(() => {
      loading = undefined;
    });
    return loading;
  }

  /** Keys that another process created are found by a load that starts after the question. */
  const latest = spacedLoads(load, reloadGapMs);

  function known(): Promise<Loaded> {
    return loaded !== undefined && now() - loaded.atMs < reloadMs ? Promise.resolve(loaded) : reload();
  }

  async function current(): Promise<SigningKey> {
    const state = await known();
    if (state.current === undefined) throw new Error('no signing key could be created');
    return state.current;
  }

  return {
    current,
    published: async () => (await latest.next()).published,
    async keyOf(kid) {
      const { verifying, ends } = await known();
      if ((ends.get(kid) ?? Number.POSITIVE_INFINITY) > now() && verifying.has(kid))
        return verifying.get(kid);
      return (await latest.next()).verifying.get(kid);
    },
    endOf: (kid) => loaded?.ends.get(kid),
    async rotate() {
      await create((await current()).kid);
      await load();
      return current();
    },
    dependency: {
      name: 'signing-keys',
      async check() {
        await current();
      },
    },
  };
}
