import type { AuthorityLoss } from '../../../contracts/platform-services/grants.ts';
import {
  allows,
  effectiveRole,
  type Level,
  type TenantRole,
  type WorkspaceRole,
} from '../../../contracts/rights.ts';
import type { TokenResources } from '../../../contracts/token-scope.ts';

/** What the database knows of a grant at the moment of a minting. */
export interface GrantState {
  scopes: string[];
  level: Level;
  resources: TokenResources | null;
  workspace_id: string | null;
  revoked: boolean;
  expired: boolean;
  /** Role in the tenant. */
  role: TenantRole;
  owns_tenant: boolean;
  is_active: boolean;
  /** Null when the user is not a member of the workspace. */
  workspace_role: WorkspaceRole | null;
  /** Null when the user did not ask with a personal access token. */
  personal_token_id: string | null;
  /** Null when that token was revoked or has expired. */
  token_scopes: string[] | null;
  token_resources: TokenResources | null;
}

const includesAll = (all: readonly string[], some: readonly string[]) =>
  some.every((one) => all.includes(one));

/** Whether all bases that `inner` reaches are also reached by `outer`; null reaches all. */
export function isWithin(inner: TokenResources | null, outer: TokenResources | null): boolean {
  if (outer === null) return true;
  if (inner === null) return false;
  return includesAll(outer.bases, inner.bases) && includesAll(outer.workspaces, inner.workspaces);
}

/** Why a grant gives no authority now; undefined when it does. The first reason in a fixed order. */
export function findAuthorityLoss(state: GrantState): AuthorityLoss | undefined {
  if (state.revoked) return 'grant_revoked';
  if (state.expired) return 'grant_expired';
  if (!state.is_active) return 'user_deactivated';
  if (state.personal_token_id !== null) {
    if (state.token_scopes === null) return 'token_revoked';
    const covered =
      includesAll(state.token_scopes, state.scopes) && isWithin(state.resources, state.token_resources);
    if (!covered) return 'token_narrowed';
  }
  if (state.workspace_id !== null) {
    if (state.workspace_role === null) return 'not_a_member';
    if (!allows(effectiveRole(state.workspace_role, state), state.level)) return 'role_too_low';
  }
  return undefined;
}
