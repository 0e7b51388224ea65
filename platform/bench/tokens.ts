import { exportJWK, exportSPKI, generateKeyPair, type JWK, SignJWT } from 'jose';
import { testClaims } from '../kit/testing/test-claims.ts';

export const issuer = 'pyairtable';
export const audience = 'pyairtable-api';

/** Tokens of as many users, signed with a key made for this run. */
export interface SignedUsers {
  tokens: readonly string[];
  publicJwk: JWK;
  publicPem: string;
}

/** How long the tokens are good, seconds: longer than any run. */
const lifeS = 3600;

/** Signs one access token for each of `count` made-up users, with the claims of a real one. */
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
