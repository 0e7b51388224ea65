import type { StackNode } from '../runtime.ts';

/** The runtime's variables, overridden by the node's own, then changed by a fault. */
export function withOverrides(node: StackNode, environment: Record<string, string>): Record<string, string> {
  const merged = { ...environment, ...node.env };
  return node.rewriteEnvironment?.(merged) ?? merged;
}
