import type { AccessClaims } from '../../contracts/identity.ts';
import type { RouteSpec } from '../../contracts/route.ts';
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
 * declares none, so no route is open by omission. Tokens of sessions have no scopes and always pass.
 * @throws ProblemError `forbidden`
 */
export function assertScope({ scope }: Pick<RouteSpec, 'scope'>, claims: AccessClaims): void {
  if (claims.scope === undefined || scope === 'any') return;
  if (scope === undefined) throw insufficientScope('Personal access tokens cannot be used here.');
  if (!claims.scope.split(' ').includes(scope))
    throw insufficientScope(`The token needs the scope ${scope}.`, scope);
}
