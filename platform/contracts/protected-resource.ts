import { z } from 'zod';
import { route } from './route.ts';
import { TokenScope } from './token-scope.ts';

/** Where clients look for the metadata of a resource; the path of the resource follows (RFC 9728, section 3.1). */
export const resourceMetadataPath = '/.well-known/oauth-protected-resource';

/**
 * Metadata of a protected resource (RFC 9728, section 2). There is no `authorization_servers`: access tokens come from
 * sign-in, and no OAuth authorization server issues them. `scopes_supported` are scopes of personal access
 * tokens; tokens of sessions have none and may do everything of the user.
 */
export const ProtectedResource = z.object({
  resource: z.url(),
  resource_name: z.string(),
  scopes_supported: z.array(TokenScope),
  bearer_methods_supported: z.array(z.literal('header')),
  resource_documentation: z.url(),
});
export type ProtectedResource = z.infer<typeof ProtectedResource>;

/**
 * The route with the metadata of one resource.
 * @param path path of the resource, e.g. `/api/mcp`; empty for the whole server
 */
export function resourceMetadataRoute<const P extends string>(path: P) {
  return route({
    method: 'GET',
    path: `${resourceMetadataPath}${path}`,
    summary: `How clients authenticate at ${path || 'this server'} (RFC 9728)`,
    description: `The addresses begin with \`PUBLIC_URL\`. Without it, they begin with the \`Host\` of the request if that is a loopback
name or the address of the connection; any other host gets 404. Pages of every origin may read it.`,
    access: 'public',
    success: { status: 200, description: 'The metadata', schema: ProtectedResource },
    problems: ['not_found'],
  });
}
