import { ReadinessError } from '../../errors/readiness-error.ts';
import { walkNeeds } from '../../plan/walk-needs.ts';
import type { StackNode, StackPlan } from '../runtime.ts';

/** The problems of a plan, one sentence each; empty when it can be booted. */
export function findPlanProblems(plan: StackPlan): string[] {
  const problems: string[] = [];
  const byName = new Map<string, StackNode>();
  for (const node of plan.nodes) {
    if (byName.has(node.name)) problems.push(`node "${node.name}" is declared twice`);
    else byName.set(node.name, node);
  }
  for (const node of plan.nodes) {
    for (const [name, condition] of Object.entries(node.dependsOn)) {
      const dependency = byName.get(name);
      if (!dependency) {
        problems.push(`"${node.name}" depends on "${name}", which is not in the plan`);
      } else if (dependency.kind === 'job' && condition !== 'completed') {
        problems.push(
          `"${node.name}" waits for job "${name}" to be ${condition}; a job can only be completed`,
        );
      } else if (dependency.kind !== 'job' && condition === 'completed') {
        problems.push(`"${node.name}" waits for "${name}" to be completed, but it is a ${dependency.kind}`);
      }
    }
    if (node.kind === 'job' && !plan.nodes.some((other) => other.dependsOn[node.name] === 'completed')) {
      problems.push(`nothing waits for job "${node.name}" to be completed`);
    }
    if (!(node.startTimeoutMs > 0)) problems.push(`"${node.name}" has no time to start`);
  }
  if (!(plan.bootTimeoutMs > 0)) problems.push('the boot has no time');
  const { cycle } = walkNeeds(new Map(plan.nodes.map((node) => [node.name, Object.keys(node.dependsOn)])));
  if (cycle) problems.push(`cycle: ${cycle.join(' → ')}`);
  return problems;
}

/** @throws ReadinessError (exit code 2) that lists every problem of the plan. */
export function validatePlan(plan: StackPlan): void {
  const problems = findPlanProblems(plan);
  if (problems.length === 0) return;
  throw new ReadinessError('stack-plan-invalid', `The stack cannot be booted: ${problems.join('; ')}.`);
}

/** For each node, the names of the nodes that depend on it. */
export function dependantsOf(plan: StackPlan): ReadonlyMap<string, readonly string[]> {
  const dependants = new Map<string, string[]>(plan.nodes.map((node) => [node.name, []]));
  for (const node of plan.nodes) {
    for (const name of Object.keys(node.dependsOn)) dependants.get(name)?.push(node.name);
  }
  return dependants;
}
