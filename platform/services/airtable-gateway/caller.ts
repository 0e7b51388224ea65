import type { AccessClaims } from '../../contracts/identity.ts';

/** The user on whose behalf bases are read and written. */
export interface Caller {
  tenantId: string;
  userId: string;
  email: string;
  name: string;
  /** What a revocation of the token names. */
  sessionId: string;
  /** The service that acts for the user; null when the user acts. */
  service: string | null;
}

export function toCaller(claims: AccessClaims): Caller {
  return {
    tenantId: claims.tenant_id,
    userId: claims.user_id,
    email: claims.email,
    name: claims.name,
    sessionId: claims.session_id,
    service: claims.act?.sub ?? null,
  };
}
