import { airtableGateway } from '../../../contracts/airtable-gateway/contract.ts';
import type { Base } from '../../../contracts/airtable-gateway/metadata.ts';
import { namesWorkspace } from '../../../contracts/airtable-gateway/workspace-id.ts';
import type { AccessClaims } from '../../../contracts/identity.ts';
import type { RouteSpec } from '../../../contracts/route.ts';
import type { TokenResources } from '../../../contracts/token-scope.ts';
import type { Authorize } from '../../../kit/http/contract-routes.ts';
import { noPermission } from '../airtable-problem.ts';
import type { ListedBase } from '../upstream.ts';

const { whoami, listBases, bases, createBase } = airtableGateway.routes;
/** Routes without a base. Their handlers leave out the bases that the token does not reach. */
const withoutBase = new Set<RouteSpec>([whoami, listBases, bases]);

function reachesWorkspace({ workspaces }: TokenResources, workspaceId: string): boolean {
  return workspaces.some((named) => namesWorkspace(named, workspaceId));
}

/**
 * Rejects a token that is limited to some bases on every route with another base, and on routes without one. A base may
 * be created only in a workspace of the token.
 */
export const limitToResources: Authorize = (spec, request) => {
  const { caller, params } = request;
  const resources = caller?.resources;
  if (resources === undefined || withoutBase.has(spec)) return;
  const { baseId } = (params ?? {}) as { baseId?: string };
  if (baseId !== undefined && resources.bases.includes(baseId)) return;
  if (
    (baseId !== undefined || spec === createBase) &&
    reachesWorkspace(resources, request.rights.workspaceId)
  )
    return;
  throw noPermission();
};

/** The bases that the caller's token reaches. */
export function reachableBases({ resources }: AccessClaims, listed: readonly ListedBase[]): Base[] {
  if (resources === undefined) return [...listed];
  return listed.filter(
    ({ id, workspaceId }) => resources.bases.includes(id) || reachesWorkspace(resources, workspaceId),
  );
}
