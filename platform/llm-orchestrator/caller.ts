import type { AccessClaims } from '../contracts/identity.ts';
import type { Tenant } from '../kit/database.ts';

/** On whose behalf a request's statements run. */
export function tenantOf(caller: AccessClaims): Tenant {
  return { tenantId: caller.tenant_id, userId: caller.user_id };
}
