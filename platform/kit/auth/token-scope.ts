import type { AccessClaims } from '../../contracts/identity.ts';
import type { RouteSpec } from '../../contracts/route.ts';
import { delegatedScopeOf } from '../../contracts/token-scope.ts';
import { type ProblemError, problem } from '../http/problem.ts';

/**
 * The problem of a token that lacks a scope (RFC 6750 3.1).
 * @param scope what the request needs, separated by spaces; without it no personal access token can be used
 */
export function insufficientScope(message: string, scope?: string): ProblemError {
  const wanted = scope === undefined ? '' : `, scope="${scope}"`;
  return problem('forbidden', {
    message,
    headers: { 'www-authenticate': `Bearer error="insufficient_scope"${wanted}` },
  });
}

/**
 * Rejects a token that lacks the route's scope (RFC 6750 3.1). A token with scopes never passes on a route that
 * declares none, so no route is open by omission; a service that acts for a user needs a scope that names such a route.
 * Tokens of sessions have no scopes and always pass.
 * @throws ProblemError `forbidden`
 */
export function assertScope(
  route: Partial<Pick<RouteSpec, 'scope' | 'method' | 'path'>>,
  claims: Pick<AccessClaims, 'scope' | 'act'>,
): void {
  if (claims.scope === undefined) return;
  const scope = claims.act === undefined ? route.scope : delegatedScopeOf(route);
  if (scope === 'any') return;
  if (scope === undefined) {
    throw insufficientScope(
      claims.act === undefined
        ? 'Personal access tokens cannot be used here.'
        : 'Services cannot use this for a user.',
    );
  }
  if (!claims.scope.split(' ').includes(scope))
    throw insufficientScope(`The token needs the scope ${scope}.`, scope);
}
