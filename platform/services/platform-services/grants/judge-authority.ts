import {
  type AuthorityLoss,
  type GrantLevel,
  grantLevels,
} from '../../../contracts/platform-services/grants.ts';
import type { TokenResources } from '../../../contracts/token-scope.ts';

/** What the database knows of a grant at the moment of a minting. */
export interface GrantState {
  scopes: string[];
  level: GrantLevel;
  resources: TokenResources | null;
  workspace_id: string | null;
  revoked: boolean;
  expired: boolean;
  /** Role in the tenant. */
  role: string;
  is_active: boolean;
  /** Null when the user is not a member of the workspace. */
  workspace_role: string | null;
  /** Null when the user did not ask with a personal access token. */
  personal_token_id: string | null;
  /** Null when that token was revoked or has expired. */
  token_scopes: string[] | null;
  token_resources: TokenResources | null;
}

/** The highest right of each role in a workspace. */
const levelOf: Readonly<Record<string, GrantLevel>> = {
  viewer: 'read',
  commenter: 'comment',
  member: 'edit',
  editor: 'edit',
  admin: 'manage',
  owner: 'own',
};

/** Whether a role includes a right. A user who may only read has at most that right in every workspace. */
export function allowsLevel(
  { role, workspace_role }: Pick<GrantState, 'role' | 'workspace_role'>,
  level: GrantLevel,
): boolean {
  const highest = role === 'readonly' ? 'read' : levelOf[workspace_role ?? ''];
  return highest !== undefined && grantLevels.indexOf(level) <= grantLevels.indexOf(highest);
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
    if (!allowsLevel(state, state.level)) return 'role_too_low';
  }
  return undefined;
}
