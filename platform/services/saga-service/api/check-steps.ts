import type { z } from 'zod';
import type { SagaStep } from '../../../contracts/saga-service/sagas.ts';
import { fieldProblem } from '../../../kit/http/problem.ts';
import { placeholderRoots } from '../run/placeholders.ts';
import { findStepRoute } from './step-route.ts';

type Step = z.output<typeof SagaStep>;
type Payload = Step['payload'];

/** First parts of placeholders that are no steps. */
export const reservedRoots = ['result', 'saga', 'event', 'input'] as const;
/** Deepest nesting of a payload. */
const maxDepth = 40;

function isTooDeep(value: unknown, depth = 0): boolean {
  if (value === null || typeof value !== 'object') return false;
  return depth >= maxDepth || Object.values(value).some((entry) => isTooDeep(entry, depth + 1));
}

/** What is wrong with a call, as far as that shows before any step has run. */
function checkCall(
  loc: readonly (string | number)[],
  call: { step: Step; action: string; actionField: string; payload: Payload; payloadField: string },
  known: ReadonlySet<string>,
): void {
  const found = findStepRoute({ service: call.step.service, action: call.action }, { trusted: false });
  if ('refusal' in found) throw fieldProblem([...loc, call.actionField], found.refusal, 'unknown_route');
  const place = [...loc, call.payloadField];
  if (isTooDeep(call.payload)) throw fieldProblem(place, 'Nested too deeply', 'too_deep');
  for (const root of placeholderRoots(call.payload)) {
    if (!known.has(root))
      throw fieldProblem(place, `\${${root}} names no earlier step`, 'unknown_placeholder');
  }
  // A part that holds placeholders can be judged only when they are filled in.
  for (const part of ['params', 'query', 'body'] as const) {
    const schema = found.route[part];
    const given = call.payload[part];
    if (schema === undefined) {
      if (given !== undefined) throw fieldProblem([...place, part], 'The route takes none', 'unexpected');
    } else if (placeholderRoots(given).size === 0) {
      const parsed = schema.safeParse(given ?? (part === 'body' ? undefined : {}));
      const issue = parsed.error?.issues[0];
      if (issue) throw fieldProblem([...place, part, ...issue.path.map(toKey)], issue.message, issue.code);
    }
  }
}

const toKey = (key: PropertyKey): string | number => (typeof key === 'number' ? key : String(key));

/**
 * Judges steps before anything is done, so that a saga that cannot succeed never begins.
 * @throws ProblemError `validation_failed` naming the field.
 */
export function checkSteps(steps: readonly Step[], pattern: 'orchestration' | 'choreography'): void {
  const known = new Set<string>(['saga']);
  for (const [index, step] of steps.entries()) {
    const loc = ['body', 'steps', index];
    if ((reservedRoots as readonly string[]).includes(step.step_id))
      throw fieldProblem([...loc, 'step_id'], 'is reserved');
    if (known.has(step.step_id)) throw fieldProblem([...loc, 'step_id'], 'is taken by an earlier step');
    if (step.on !== undefined && pattern !== 'choreography')
      throw fieldProblem([...loc, 'on'], 'Only steps of choreographed sagas wait for events');
    checkCall(
      loc,
      { step, action: step.action, actionField: 'action', payload: step.payload, payloadField: 'payload' },
      step.on === undefined ? known : new Set([...known, 'event']),
    );
    if (step.compensation_action !== undefined) {
      checkCall(
        loc,
        {
          step,
          action: step.compensation_action,
          actionField: 'compensation_action',
          payload: step.compensation_payload ?? {},
          payloadField: 'compensation_payload',
        },
        new Set([...known, 'result']),
      );
    } else if (step.compensation_payload !== undefined) {
      throw fieldProblem([...loc, 'compensation_payload'], 'needs a compensation_action');
    }
    known.add(step.step_id);
  }
}
