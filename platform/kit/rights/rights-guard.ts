import type { AccessClaims } from '../../contracts/identity.ts';
import type { Authority, IdPath, Needs, NeedsInWorkspace, ObjectKind } from '../../contracts/rights.ts';
import type { RouteSpec } from '../../contracts/route.ts';
import { type ProblemError, problem } from '../http/problem.ts';
import type { RouteRequest } from '../http/route-request.ts';
import type { Clock } from '../service/clock.ts';
import type { Authorities } from './authorities.ts';
import { judgeInTenant, judgeInWorkspace, type Ruling } from './judge.ts';
import { enforce, RequestRights } from './request-rights.ts';
import { watchRights } from './watch-rights.ts';

/** Finds the workspace of an object of the caller's tenant; undefined when there is no such object. */
export type FindWorkspace = (caller: AccessClaims, id: string) => Promise<string | undefined>;

export interface RightsOptions {
  authorities: Authorities;
  /** For every kind of object that the contract's routes need rights to, except workspaces. */
  workspaceOf?: Partial<Readonly<Record<ObjectKind, FindWorkspace>>>;
  /** The response for an object that does not exist or that the caller may not read. Default `not_found`. */
  hidden?(spec: RouteSpec, request: { caller: AccessClaims }): ProblemError;
  clock?: Clock;
}

type Request = Pick<RouteRequest, 'params' | 'query' | 'body' | 'reply'> & { caller: AccessClaims };

export type RightsGuard = (spec: RouteSpec, request: Request) => Promise<RequestRights | undefined>;

/** The text at a path of the request; undefined when it is absent. */
function textAt(request: Request, path: IdPath): string | undefined {
  let value: unknown = request;
  for (const name of path.split('.')) value = (value as Record<string, unknown> | undefined | null)?.[name];
  return typeof value === 'string' ? value : undefined;
}

/**
 * Fails at start for a route whose rights could not be judged.
 * @throws Error that names what is missing
 */
export function assertJudgeable(
  service: string,
  name: string,
  { needs }: RouteSpec,
  rights: RightsOptions | undefined,
): void {
  if (needs === undefined || needs === 'self') return;
  if (rights === undefined) throw new Error(`${service}: route ${name} needs rights`);
  if (!('id' in needs) || needs.of === 'workspace' || rights.workspaceOf?.[needs.of] !== undefined) return;
  throw new Error(`${service}: route ${name} needs workspaceOf.${needs.of}`);
}

/**
 * Judges the rights of callers before the handler runs.
 * @throws ProblemError `not_found`, `forbidden`; `token_revoked` for users who are deactivated or deleted
 */
export function createRightsGuard(options: RightsOptions): RightsGuard {
  const { authorities, workspaceOf = {} } = options;

  function workspaceFor(
    { of, id }: NeedsInWorkspace,
    authority: Authority,
    request: Request,
  ): Promise<string | undefined> | string | undefined {
    const named = textAt(request, id);
    if (named === undefined)
      return of === 'workspace' ? (authority.default_workspace_id ?? undefined) : undefined;
    const find = workspaceOf[of];
    return find === undefined ? named : find(request.caller, named);
  }

  async function judge(
    needs: Exclude<Needs, 'self'>,
    method: string,
    authority: Authority,
    request: Request,
  ): Promise<{ ruling: Ruling; workspaceId: string | undefined }> {
    const { orSelf } = 'orSelf' in needs ? needs : {};
    const isSelf = orSelf !== undefined && textAt(request, orSelf)?.toLowerCase() === authority.user_id;
    if ('tenant' in needs) {
      return {
        ruling: isSelf ? { kind: 'allowed' } : judgeInTenant(authority, needs, method),
        workspaceId: undefined,
      };
    }
    if (needs.of === 'visible') return { ruling: { kind: 'allowed' }, workspaceId: undefined };
    const workspaceId = await workspaceFor(needs, authority, request);
    return { ruling: judgeInWorkspace(authority, needs, { workspaceId, isSelf }), workspaceId };
  }

  return async (spec, request) => {
    const { needs } = spec;
    if (needs === undefined || needs === 'self') return undefined;
    const authority = await authorities.of(request.caller);
    if (!authority?.is_active) throw problem('token_revoked');
    const { ruling, workspaceId } = await judge(needs, spec.method, authority, request);
    // A 404 would mean that nothing is left to delete.
    if (ruling.kind === 'hidden' && workspaceId !== undefined && request.caller.undoes)
      throw problem('forbidden', { message: 'It exists, and the user has no right to read it any more.' });
    if (ruling.kind === 'hidden' && options.hidden !== undefined) throw options.hidden(spec, request);
    enforce(ruling);
    return new RequestRights({
      authority,
      workspaceId,
      watch(holds) {
        const watch = watchRights({
          authorities,
          caller: request.caller,
          holds,
          ...(options.clock && { clock: options.clock }),
        });
        request.reply.raw.once('close', watch.close);
        return watch.signal;
      },
    });
  };
}
