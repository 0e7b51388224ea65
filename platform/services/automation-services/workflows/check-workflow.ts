import type { Trigger, WorkflowStep } from '../../../contracts/automation-services/workflow-steps.ts';
import type { FieldProblem } from '../../../contracts/problem.ts';
import { problem } from '../../../kit/http/problem.ts';
import { StepFailure } from '../../../kit/service/step-failure.ts';
import { CronError, neverMatches, nextTime } from '../schedules/cron.ts';
import { hasPlaceholder } from '../steps/fill-template.ts';
import { nestedSteps } from '../steps/nested-steps.ts';
import type { StepKinds } from '../steps/step-kinds.ts';

type Path = readonly PropertyKey[];

function valueAt(root: unknown, path: Path): unknown {
  let value = root;
  for (const key of path) value = (value as Record<PropertyKey, unknown> | null | undefined)?.[key];
  return value;
}

const toLoc = (path: Path): FieldProblem['loc'] =>
  path.map((part) => (typeof part === 'number' ? part : String(part)));

async function checkStep(
  step: Pick<WorkflowStep, 'type' | 'config'>,
  loc: Path,
  kinds: StepKinds,
): Promise<FieldProblem[]> {
  const own = await checkOwn(step, [...loc, 'config'], kinds);
  const nested = nestedSteps(step).map(({ step: inner, path }) =>
    checkStep(inner, [...loc, 'config', ...path], kinds),
  );
  return [...own, ...(await Promise.all(nested)).flat()];
}

/** The invalid fields of a step's configuration, without those of the steps within it. */
async function checkOwn(
  step: Pick<WorkflowStep, 'type' | 'config'>,
  configLoc: Path,
  kinds: StepKinds,
): Promise<FieldProblem[]> {
  const kind = kinds.get(step.type);
  if (kind === undefined) throw new Error(`there is no kind of step ${step.type}`);
  const parsed = kind.config.safeParse(step.config);
  if (!parsed.success) {
    return parsed.error.issues
      .filter((issue) => {
        // The value of a placeholder is validated when the workflow runs.
        const value = valueAt(step.config, issue.path);
        return !(typeof value === 'string' && hasPlaceholder(value));
      })
      .flatMap((issue) =>
        // One problem for each unknown field, at the field itself.
        (issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [key]) : [[]]).map((key) => ({
          type: issue.code ?? 'invalid',
          loc: toLoc([...configLoc, ...issue.path, ...key]),
          msg: issue.message,
        })),
      );
  }
  try {
    await kind.check?.(parsed.data);
    return [];
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error;
    const field = kind.checkedField ?? 'expression';
    return [{ type: field, loc: toLoc([...configLoc, field]), msg: error.message }];
  }
}

function checkTrigger(
  trigger: Trigger,
  index: number,
  { triggers, now }: { triggers: readonly Trigger[]; now: Date },
): FieldProblem[] {
  if (trigger.type === 'webhook' && triggers.findIndex(({ type }) => type === 'webhook') < index)
    return [{ type: 'duplicate', loc: ['body', 'triggers', index], msg: 'A workflow has one webhook' }];
  if (trigger.type !== 'schedule') return [];
  const loc = ['body', 'triggers', index, 'cron'];
  try {
    if (nextTime({ cron: trigger.cron, timeZone: trigger.time_zone }, now) !== undefined) return [];
    return [{ type: 'cron', loc, msg: neverMatches }];
  } catch (error) {
    if (!(error instanceof CronError)) throw error;
    return [{ type: 'cron', loc, msg: error.message }];
  }
}

/**
 * Validates what the schema of a workflow cannot: the configuration of each step, expressions and schedules.
 * @throws ProblemError `validation_failed` with every invalid field
 */
export async function checkWorkflow(
  { steps, triggers }: { steps: readonly WorkflowStep[]; triggers: readonly Trigger[] },
  { kinds, now }: { kinds: StepKinds; now: Date },
): Promise<void> {
  const found = [
    ...(
      await Promise.all(steps.map((step, index) => checkStep(step, ['body', 'steps', index], kinds)))
    ).flat(),
    ...triggers.flatMap((trigger, index) => checkTrigger(trigger, index, { triggers, now })),
  ];
  if (found.length > 0) throw problem('validation_failed', { details: found });
}
