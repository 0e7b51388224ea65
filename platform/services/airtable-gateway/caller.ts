import type { AccessClaims } from '../../contracts/identity.ts';
import { noPermission } from './airtable-problem.ts';

/** The user on whose behalf bases are read and written. */
export interface Caller {
  tenantId: string;
  userId: string;
  email: string;
  name: string;
  role: AccessClaims['role'];
}

export function toCaller(claims: AccessClaims): Caller {
  return {
    tenantId: claims.tenant_id,
    userId: claims.user_id,
    email: claims.email,
    name: claims.name,
    role: claims.role,
  };
}

/** The permission level of a user's role in all bases of the tenant, in Airtable's terms. */
export function permissionLevel({ role }: Pick<Caller, 'role'>): 'read' | 'create' {
  return role === 'readonly' ? 'read' : 'create';
}

/** @throws AirtableProblem when the caller may only read. */
export function assertMayWrite(caller: Caller): void {
  if (permissionLevel(caller) !== 'create') throw noPermission();
}
