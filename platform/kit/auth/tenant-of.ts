import type { AccessClaims } from '../../contracts/identity.ts';
import type { Tenant } from '../postgres/database.ts';

/** On whose behalf the statements of a caller's request run. */
export function tenantOf(caller: AccessClaims): Tenant {
  return { tenantId: caller.tenant_id, userId: caller.user_id };
}
