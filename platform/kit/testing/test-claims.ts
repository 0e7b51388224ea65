import { randomUUID } from 'node:crypto';
import type { AccessClaims } from '../../contracts/identity.ts';

/** Claims of a fictitious user who is signed in for the next 15 minutes. */
export function testClaims(overrides: Partial<AccessClaims> = {}): AccessClaims {
  const userId = overrides.user_id ?? randomUUID();
  const nowS = Math.floor(Date.now() / 1000);
  return {
    sub: userId,
    user_id: userId,
    email: `${userId}@example.com`,
    name: 'Test User',
    role: 'user',
    tenant_id: randomUUID(),
    session_id: randomUUID(),
    jti: randomUUID(),
    iat: nowS,
    exp: nowS + 900,
    iss: 'pyairtable',
    aud: 'pyairtable-api',
    ...overrides,
  };
}
