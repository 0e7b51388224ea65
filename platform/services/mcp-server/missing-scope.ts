import { z } from 'zod';
import type { AccessClaims } from '../../contracts/identity.ts';
import { toolNames } from '../../contracts/mcp-server/contract.ts';
import { toolScopes } from '../../contracts/mcp-server/tool-scopes.ts';
import { insufficientScope } from '../../kit/auth/token-scope.ts';
import type { ProblemError } from '../../kit/http/problem.ts';

const KnownCall = z.object({
  id: z.union([z.string(), z.number()]),
  method: z.literal('tools/call'),
  params: z.object({ name: z.enum(toolNames) }),
});

/**
 * The rejection of a tool call whose token lacks a scope that the tool always needs. A client can ask its user for
 * another token, and the model never sees a failure that it cannot act on.
 */
export function missingScope(message: unknown, { scope }: AccessClaims): ProblemError | undefined {
  if (scope === undefined) return undefined;
  const call = KnownCall.safeParse(message);
  if (!call.success) return undefined;
  const { name } = call.data.params;
  const granted = new Set<string>(scope.split(' '));
  const { needs } = toolScopes[name];
  if (needs.every((one) => granted.has(one))) return undefined;
  return insufficientScope(`The token needs the scopes of ${name}: ${needs.join(', ')}.`, needs.join(' '));
}
