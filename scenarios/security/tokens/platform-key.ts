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
 * Adds two signing keys to the platform's own and removes them afterwards: one that it publishes as an earlier key, so
 * that it verifies tokens and signs none, and one whose time is over. With them a check makes tokens that are genuine
 * but for one property. Needs `postgres-admin`.
 */
export async function withPlatformKeys<T>(
  { databaseAdmin }: Pick<CheckContext, 'databaseAdmin'>,
  use: (keys: { published: PlatformKey; retired: PlatformKey }) => Promise<T>,
): Promise<T> {
  const pool = databaseAdmin();
  const add = async (publishedUntil: string): Promise<PlatformKey> => {
    const { publicKey, privateKey } = newKeyPair();
    const kid = randomUUID();
    const jwk = { ...publicKey.export({ format: 'jwk' }), kid, alg: 'ES256', use: 'sig' };
    await pool.query(
      `insert into identity.signing_keys (kid, public_jwk, private_key_sealed, created_at, published_until)
       values ($1, $2, $3, now() - interval '1 day', now() + $4::interval)`,
      // The platform decrypts only the private key that signs.
      [kid, jwk, randomBytes(64), publishedUntil],
    );
    return signer(kid, privateKey);
  };
  const added: string[] = [];
  try {
    const published = await add(`${publishedMinutes} minutes`);
    added.push(published.kid);
    const retired = await add('-1 minutes');
    added.push(retired.kid);
    return await use({ published, retired });
  } finally {
    await pool.query('delete from identity.signing_keys where kid = any($1)', [added]);
  }
}
