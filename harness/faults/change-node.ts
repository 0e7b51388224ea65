import { ReadinessError } from '../errors/readiness-error.ts';
import type { StackNode, StackPlan } from '../runtime/runtime.ts';

/** Returns the plan with one changed node. @throws ReadinessError (exit code 2) for an unknown node. */
export function changeNode(
  stack: StackPlan,
  name: string,
  change: (node: StackNode) => Partial<StackNode>,
): StackPlan {
  if (!stack.nodes.some((node) => node.name === name)) {
    throw new ReadinessError('service-unknown', `There is no service "${name}" in the stack.`, {
      hint: `Services: ${stack.nodes.map((node) => node.name).join(', ')}`,
    });
  }
  return {
    ...stack,
    nodes: stack.nodes.map((node) => (node.name === name ? { ...node, ...change(node) } : node)),
  };
}
