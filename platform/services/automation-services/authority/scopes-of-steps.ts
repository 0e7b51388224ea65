import type { WorkflowStep } from '../../../contracts/automation-services/workflow-steps.ts';
import { nestedSteps } from '../steps/nested-steps.ts';
import type { StepKinds } from '../steps/step-kinds.ts';

/** The scopes that the steps of a workflow need, each once; undefined when no step acts for a user. */
export async function scopesOfSteps(
  steps: readonly WorkflowStep[],
  kinds: StepKinds,
): Promise<string[] | undefined> {
  const all = steps.flatMap((step) => [step, ...nestedSteps(step).map((nested) => nested.step)]);
  const found = await Promise.all(all.map(({ type, config }) => kinds.get(type)?.scopes?.(config)));
  const acting = found.filter((scopes) => scopes !== undefined);
  return acting.length === 0 ? undefined : [...new Set(acting.flat())].sort();
}
