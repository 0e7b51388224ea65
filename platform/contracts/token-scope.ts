import { z } from 'zod';

/** What a personal access token may do: the scopes of Airtable's own tokens, with Airtable's names and meanings. */
export const airtableScopes = [
  'data.records:read',
  'data.records:write',
  'data.recordComments:read',
  'data.recordComments:write',
  'schema.bases:read',
  'schema.bases:write',
  'webhook:manage',
  'user.email:read',
] as const;

/**
 * Scopes for the platform's other services. They reach everything of the user there, so a token that is limited to some
 * bases cannot have them. `workflows:write` and `sagas:write` also start workflows and sagas. Their steps act with the
 * token that started them: starting one whose steps need more scopes fails.
 * `assistant:use` talks to the language model, which calls tools with the token's other scopes.
 */
export const platformScopes = [
  'files:read',
  'files:write',
  'workflows:read',
  'workflows:write',
  'sagas:read',
  'sagas:write',
  'assistant:use',
] as const;

export const TokenScope = z.enum([...airtableScopes, ...platformScopes]);
export type TokenScope = z.infer<typeof TokenScope>;

/** Routes of the account itself: no service may use them for a user. */
const accountPaths = /^\/auth\//;

/**
 * The scope that a service needs to call a route for a user: the route's own, or the name of a route without one, e.g.
 * `PUT:/users/me`. Personal access tokens cannot have the latter.
 * @returns undefined for a route that only the user may call; `any` for one that every token may call
 */
export function delegatedScopeOf(route: {
  method?: string;
  path?: string;
  scope?: TokenScope | 'any';
}): string | undefined {
  const { method, path, scope } = route;
  if (scope !== undefined) return scope;
  return method === undefined || path === undefined || accountPaths.test(path)
    ? undefined
    : `${method}:${path}`;
}

/**
 * The bases that a token reaches: those with these ids, and those of these workspaces. A workspace is given by its id in
 * the platform's format or in Airtable's (`wsp…`), as `workspaceId` of a base's details.
 */
export const TokenResources = z
  .object({
    workspaces: z.array(z.string().min(1).max(64)).max(50).default([]),
    bases: z
      .array(z.string().regex(/^app[A-Za-z0-9]{14}$/))
      .max(50)
      .default([]),
  })
  .refine(({ workspaces, bases }) => workspaces.length + bases.length > 0, 'must name a workspace or a base');
export type TokenResources = z.infer<typeof TokenResources>;
