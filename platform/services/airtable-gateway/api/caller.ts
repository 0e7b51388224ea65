import type { AccessClaims } from '../../../contracts/identity.ts';
import { noPermission } from './airtable-problem.ts';

/** On whose behalf bases are read and written. */
export interface Caller {
  tenantId: string;
  userId: string;
  email: string;
  role: AccessClaims['role'];
}

export function toCaller(claims: AccessClaims): Caller {
  return {
    tenantId: claims.tenant_id,
    userId: claims.user_id,
    email: claims.email,
    role: claims.role,
  };
}

/** Airtable's word for what the caller may do in the bases of the tenant. */
export function permissionLevel({ role }: Caller): 'read' | 'create' {
  return role === 'readonly' ? 'read' : 'create';
}

/** @throws AirtableProblem when the caller may read only. */
export function assertMayWrite(caller: Caller): void {
  if (permissionLevel(caller) !== 'create') throw noPermission();
}
