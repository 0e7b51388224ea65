import { createHash, randomBytes, randomUUID, sign } from 'node:crypto';
import type { AccessClaims, User } from '../../../contracts/identity.ts';
import type { SigningKeys } from './signing-keys.ts';

/** Digest under which an opaque token is stored. */
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
  /** Life of an access token, seconds. */
  seconds: number;
}

export interface TokenIssuer {
  readonly seconds: number;
  /** A signed access token (RFC 9068: JWS compact, ES256, `typ` `at+jwt`). */
  issue(user: Pick<User, 'id' | 'email' | 'name' | 'role' | 'tenant_id'>, sessionId: string): Promise<string>;
}

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

export function createTokenIssuer(options: TokenIssuerOptions): TokenIssuer {
  return {
    seconds: options.seconds,
    async issue(user, sessionId) {
      const { kid, privateKey } = await options.keys.current();
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
        exp: iat + options.seconds,
        iss: options.issuer,
        aud: options.audience,
      };
      const input = `${part({ alg: 'ES256', typ: 'at+jwt', kid })}.${part(claims)}`;
      const signature = sign('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' });
      return `${input}.${signature.toString('base64url')}`;
    },
  };
}
