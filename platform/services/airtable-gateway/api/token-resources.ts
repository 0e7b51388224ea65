import { airtableGateway } from '../../../contracts/airtable-gateway/contract.ts';
import type { Base } from '../../../contracts/airtable-gateway/metadata.ts';
import type { AccessClaims } from '../../../contracts/identity.ts';
import type { RouteSpec } from '../../../contracts/route.ts';
import type { TokenResources } from '../../../contracts/token-scope.ts';
import type { Authorize } from '../../../kit/http/contract-routes.ts';
import { ProblemError } from '../../../kit/http/problem.ts';
import { noPermission } from '../airtable-problem.ts';
import type { Call, ListedBase, Upstream } from '../upstream.ts';
import { toCall } from './record-handlers.ts';

const { whoami, listBases, bases, createBase } = airtableGateway.routes;
/** Routes without a base. Their handlers leave out the bases that the token does not reach. */
const withoutBase = new Set<RouteSpec>([whoami, listBases, bases]);

async function isInWorkspace(
  upstream: Upstream,
  call: Call,
  baseId: string,
  workspaces: TokenResources['workspaces'],
): Promise<boolean> {
  if (workspaces.length === 0) return false;
  try {
    const { workspaceId } = await upstream.describeBase(call, baseId);
    return workspaceId !== undefined && workspaces.includes(workspaceId);
  } catch (error) {
    // A base that does not exist and one that the token does not reach look alike.
    if (error instanceof ProblemError && error.code === 'not_found') return false;
    throw error;
  }
}

/**
 * Rejects a token that is limited to some bases on every route with another base, and on routes without one. A base may
 * be created only in a workspace of the token.
 */
export function limitToResources(upstream: Upstream): Authorize {
  return async (spec, request) => {
    const { caller, signal } = request;
    const resources = caller?.resources;
    if (caller === undefined || resources === undefined || withoutBase.has(spec)) return;
    if (spec === createBase) {
      const { workspaceId } = request.body as unknown as { workspaceId: string };
      if (resources.workspaces.includes(workspaceId)) return;
      throw noPermission();
    }
    const { baseId } = (request.params ?? {}) as { baseId?: string };
    if (baseId === undefined) throw noPermission();
    if (resources.bases.includes(baseId)) return;
    const call = toCall({ caller, signal });
    if (!(await isInWorkspace(upstream, call, baseId, resources.workspaces))) throw noPermission();
  };
}

/** The bases that the caller's token reaches. */
export function reachableBases({ resources }: AccessClaims, listed: readonly ListedBase[]): Base[] {
  if (resources === undefined) return [...listed];
  const { bases: ids, workspaces } = resources;
  return listed.filter(
    ({ id, workspaceId }) =>
      ids.includes(id) || (workspaceId !== undefined && workspaces.includes(workspaceId)),
  );
}
