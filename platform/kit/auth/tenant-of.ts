import type { AccessClaims } from '../../contracts/identity.ts';
import type { Tenant } from '../postgres/database.ts';

/** The tenant and user for the statements of a caller's request. */
export function tenantOf(caller: Pick<AccessClaims, 'tenant_id' | 'user_id'>): Tenant {
  return { tenantId: caller.tenant_id, userId: caller.user_id };
}
