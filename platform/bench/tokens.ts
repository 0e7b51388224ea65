import { randomUUID } from 'node:crypto';
import { exportJWK, exportSPKI, generateKeyPair, type JWK, SignJWT } from 'jose';

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
  const now = Math.floor(Date.now() / 1000);
  const tokens = await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const id = randomUUID();
      return new SignJWT({
        user_id: id,
        email: `user-${index}@example.com`,
        role: 'user',
        tenant_id: randomUUID(),
        session_id: randomUUID(),
        jti: randomUUID(),
      })
        .setProtectedHeader({ alg: algorithm, kid, typ: 'at+jwt' })
        .setSubject(id)
        .setIssuer(issuer)
        .setAudience(audience)
        .setIssuedAt(now)
        .setExpirationTime(now + lifeS)
        .sign(privateKey);
    }),
  );
  const jwk = { ...(await exportJWK(publicKey)), kid, alg: algorithm, use: 'sig' };
  return { tokens, publicJwk: jwk, publicPem: await exportSPKI(publicKey) };
}
