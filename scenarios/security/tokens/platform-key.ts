import { createSign, type KeyObject, randomBytes, randomUUID } from 'node:crypto';
import type { CheckContext } from '../../../harness/engine/index.ts';
import { newKeyPair } from '../../authentication/forgeries.ts';

/** Signs tokens with a key that the platform publishes. */
export interface PlatformKey {
  readonly kid: string;
  /** @param header without `kid` and `alg` unless they are to be others */
  sign(header: Readonly<Record<string, unknown>>, claims: Readonly<Record<string, unknown>>): string;
}

/** How long the key is published at most, minutes, where the check is killed before it removes the key. */
const publishedMinutes = 10;

function signer(kid: string, privateKey: KeyObject): PlatformKey {
  const encode = (part: unknown) => Buffer.from(JSON.stringify(part)).toString('base64url');
  return {
    kid,
    sign(header, claims) {
      const input = `${encode({ alg: 'ES256', kid, ...header })}.${encode(claims)}`;
      const signature = createSign('sha256')
        .update(input)
        .sign({ key: privateKey, dsaEncoding: 'ieee-p1363' }, 'base64url');
      return `${input}.${signature}`;
    },
  };
}

/**
 * Adds a signing key to the platform's own as an earlier key: it verifies tokens and signs none. Needs `postgres-admin`.
 * @param published how long the platform publishes it, as an interval of PostgreSQL
 */
export async function addPlatformKey(
  { databaseAdmin }: Pick<CheckContext, 'databaseAdmin'>,
  published: string,
): Promise<PlatformKey> {
  const { publicKey, privateKey } = newKeyPair();
  const kid = randomUUID();
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid, alg: 'ES256', use: 'sig' };
  await databaseAdmin().query(
    `insert into identity.signing_keys (kid, public_jwk, private_key_sealed, created_at, published_until)
     values ($1, $2, $3, now() - interval '1 day', now() + $4::interval)`,
    // The platform decrypts only the private key that signs.
    [kid, jwk, randomBytes(64), published],
  );
  return signer(kid, privateKey);
}

export async function removePlatformKeys(
  { databaseAdmin }: Pick<CheckContext, 'databaseAdmin'>,
  kids: readonly string[],
): Promise<void> {
  await databaseAdmin().query('delete from identity.signing_keys where kid = any($1)', [kids]);
}

/**
 * Adds two signing keys to the platform's own and removes them afterwards: one that it publishes as an earlier key, and
 * one whose time is over. With them a check makes tokens that are genuine but for one property.
 */
export async function withPlatformKeys<T>(
  context: Pick<CheckContext, 'databaseAdmin'>,
  use: (keys: { published: PlatformKey; retired: PlatformKey }) => Promise<T>,
): Promise<T> {
  const added: string[] = [];
  try {
    const published = await addPlatformKey(context, `${publishedMinutes} minutes`);
    added.push(published.kid);
    const retired = await addPlatformKey(context, '-1 minutes');
    added.push(retired.kid);
    return await use({ published, retired });
  } finally {
    await removePlatformKeys(context, added);
  }
}
