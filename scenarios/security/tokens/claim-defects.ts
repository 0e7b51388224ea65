import { randomUUID } from 'node:crypto';
import type { Forgery } from '../../authentication/forgeries.ts';
import type { PlatformKey } from './platform-key.ts';

type Claims = Readonly<Record<string, unknown>>;

/** Header of an access token (RFC 9068). */
export const accessHeader = { typ: 'at+jwt' };

/** Claims of a token that lives from now on, otherwise those of a genuine one. */
export function freshClaims(genuine: Claims, nowS: number): Record<string, unknown> {
  return { ...genuine, jti: randomUUID(), iat: nowS - 1, exp: nowS + 300 };
}

function without(claims: Claims, name: string): Claims {
  const { [name]: _removed, ...rest } = claims;
  return rest;
}

/**
 * Tokens with a genuine signature and one defect each (ASVS 5.0 9.2). A service that verifies signatures alone accepts
 * them.
 * @param nowS seconds since the epoch
 */
export function claimDefects(
  { published, retired }: { published: PlatformKey; retired: PlatformKey },
  genuine: Claims,
  nowS: number,
): Forgery[] {
  const claims = freshClaims(genuine, nowS);
  const changed = (change: Claims) => published.sign(accessHeader, { ...claims, ...change });
  const { aud, iss } = claims as { aud: string; iss: string };
  return [
    { name: 'expired an hour ago', token: changed({ iat: nowS - 4_500, exp: nowS - 3_600 }) },
    { name: 'expired 5 s ago', token: changed({ iat: nowS - 305, exp: nowS - 5 }) },
    { name: 'without exp', token: published.sign(accessHeader, without(claims, 'exp')) },
    { name: 'exp as text', token: changed({ exp: String(nowS + 300) }) },
    { name: 'valid in an hour (nbf)', token: changed({ nbf: nowS + 3_600 }) },
    { name: 'issued in ten minutes (iat)', token: changed({ iat: nowS + 600, exp: nowS + 900 }) },
    { name: 'without iat', token: published.sign(accessHeader, without(claims, 'iat')) },
    { name: 'for another audience', token: changed({ aud: 'another-api' }) },
    { name: 'for several audiences', token: changed({ aud: [aud, 'another-api'] }) },
    { name: 'without audience', token: published.sign(accessHeader, without(claims, 'aud')) },
    { name: 'of another issuer', token: changed({ iss: `${iss}.example` }) },
    { name: 'without issuer', token: published.sign(accessHeader, without(claims, 'iss')) },
    { name: 'an ID token (typ JWT)', token: published.sign({ typ: 'JWT' }, claims) },
    { name: 'a refresh token (typ rt+jwt)', token: published.sign({ typ: 'rt+jwt' }, claims) },
    { name: 'without typ', token: published.sign({}, claims) },
    {
      name: 'unknown critical extension',
      token: published.sign({ ...accessHeader, crit: ['x-own'], 'x-own': 1 }, claims),
    },
    { name: 'without user', token: published.sign(accessHeader, without(claims, 'sub')) },
    { name: 'of two users', token: changed({ sub: randomUUID() }) },
    { name: 'without session', token: published.sign(accessHeader, without(claims, 'session_id')) },
    { name: 'without tenant', token: published.sign(accessHeader, without(claims, 'tenant_id')) },
    { name: 'signed with a retired key', token: retired.sign(accessHeader, claims) },
  ];
}

/** Of the defects, those of a token that is too old. */
export const expiryDefects: readonly string[] = ['expired an hour ago', 'expired 5 s ago', 'without exp'];
