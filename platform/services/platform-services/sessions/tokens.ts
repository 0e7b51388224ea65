import { createHash, randomBytes, randomUUID, sign } from 'node:crypto';
import type { AccessClaims, User } from '../../../contracts/identity.ts';
import type { Tokens } from '../../../contracts/platform-services/authentication.ts';
import type { SigningKeys } from './signing-keys.ts';

/** The digest that stands for an opaque token in the database. */
export function tokenHash(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** An opaque token of 256 random bits. */
export function newOpaqueToken(): { token: string; hash: Buffer } {
  const token = randomBytes(32).toString('base64url');
  return { token, hash: tokenHash(token) };
}

export interface TokenIssuerOptions {
  keys: SigningKeys;
  issuer: string;
  audience: string;
  /** Lifetime of an access token, seconds. */
  seconds: number;
}

export interface TokenIssuer {
  /** A signed access token (RFC 9068: JWS compact, ES256, `typ` `at+jwt`) beside the session's refresh token. */
  issue(user: User, sessionId: string, refreshToken: string): Promise<Tokens>;
}

function encodePart(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

export function createTokenIssuer({ keys, issuer, audience, seconds }: TokenIssuerOptions): TokenIssuer {
  return {
    async issue(user, sessionId, refreshToken) {
      const { kid, privateKey } = await keys.current();
      const iat = Math.floor(Date.now() / 1000);
      const claims: AccessClaims = {
        sub: user.id,
        user_id: user.id,
        email: user.email,
        name: user.name,
        role: user.role,
        tenant_id: user.tenant_id,
        session_id: sessionId,
        jti: randomUUID(),
        iat,
        exp: iat + seconds,
        iss: issuer,
        aud: audience,
      };
      const input = `${encodePart({ alg: 'ES256', typ: 'at+jwt', kid })}.${encodePart(claims)}`;
      const signature = sign('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' });
      return {
        access_token: `${input}.${signature.toString('base64url')}`,
        refresh_token: refreshToken,
        token_type: 'Bearer',
        expires_in: seconds,
      };
    },
  };
}
