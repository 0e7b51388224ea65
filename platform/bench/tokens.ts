import { exportJWK, exportSPKI, generateKeyPair, type JWK, SignJWT } from 'jose';
import { testClaims } from '../kit/testing/test-claims.ts';

export const issuer = 'pyairtable';
export const audience = 'pyairtable-api';

/** One token per user, signed with a key of this run. */
export interface SignedUsers {
  tokens: readonly string[];
  publicJwk: JWK;
  publicPem: string;
}

/** Lifetime of the tokens, seconds: longer than any run. */
const lifeS = 3600;

/** Signs an access token for each of `count` fictitious users, with complete claims. */
export async function signUsers(algorithm: 'ES256' | 'RS256', count: number): Promise<SignedUsers> {
  const kid = `bench-${algorithm}`;
  const { publicKey, privateKey } = await generateKeyPair(algorithm, { extractable: true });
  const nowS = Math.floor(Date.now() / 1000);
  const tokens = await Promise.all(
    Array.from({ length: count }, () =>
      new SignJWT({ ...testClaims({ iss: issuer, aud: audience, exp: nowS + lifeS }) })
        .setProtectedHeader({ alg: algorithm, kid, typ: 'at+jwt' })
        .sign(privateKey),
    ),
  );
  const jwk = { ...(await exportJWK(publicKey)), kid, alg: algorithm, use: 'sig' };
  return { tokens, publicJwk: jwk, publicPem: await exportSPKI(publicKey) };
}
