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

type LimitedRights = Required<Pick<AccessClaims, 'scope'>> &
  Pick<AccessClaims, 'resources' | 'act' | 'run' | 'undoes'>;

/** Rights of a personal access token, or of a service that acts for the user. */
export interface LimitedGrant extends LimitedRights {
  /** What a revocation of these rights names. */
  grantId: string;
  /** Maximum lifetime, seconds. */
  maxSeconds: number;
  /** When the rights were read, seconds since the epoch. */
  nowS: number;
}

export interface TokenIssuer {
  /** A signed access token (RFC 9068: JWS compact, ES256, `typ` `at+jwt`) beside the session's refresh token. */
  issue(user: User, sessionId: string, refreshToken: string): Promise<Tokens>;
  /** A signed access token with limited rights. */
  issueLimited(user: User, grant: LimitedGrant): Promise<Pick<Tokens, 'access_token' | 'expires_in'>>;
}

function encodePart(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

export function createTokenIssuer({ keys, issuer, audience, seconds }: TokenIssuerOptions): TokenIssuer {
  type OwnClaims = Pick<AccessClaims, 'session_id' | 'iat' | 'exp'> & Partial<LimitedRights>;
  async function signFor(user: User, own: OwnClaims): Promise<string> {
    const { kid, privateKey } = await keys.current();
    const claims: AccessClaims = {
      sub: user.id,
      user_id: user.id,
      email: user.email,
      name: user.name,
      role: user.role,
      tenant_id: user.tenant_id,
      jti: randomUUID(),
      iss: issuer,
      aud: audience,
      ...own,
    };
    const input = `${encodePart({ alg: 'ES256', typ: 'at+jwt', kid })}.${encodePart(claims)}`;
    const signature = sign('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' });
    return `${input}.${signature.toString('base64url')}`;
  }

  return {
    async issue(user, sessionId, refreshToken) {
      const iat = Math.floor(Date.now() / 1000);
      return {
        access_token: await signFor(user, { session_id: sessionId, iat, exp: iat + seconds }),
        refresh_token: refreshToken,
        token_type: 'Bearer',
        expires_in: seconds,
      };
    },
    async issueLimited(user, { grantId, maxSeconds, nowS, ...rights }) {
      const lifetime = Math.min(seconds, maxSeconds);
      const own = { session_id: grantId, iat: nowS, exp: nowS + lifetime };
      return {
        access_token: await signFor(user, { ...own, ...rights }),
        expires_in: lifetime,
      };
    },
  };
}
