import { z } from 'zod';
import type { SagaStep } from '../../../contracts/saga-service/sagas.ts';
import { fieldProblem } from '../../../kit/http/problem.ts';
import { endedBefore } from '../steps/dependencies.ts';
import { placeholderRoots } from '../steps/placeholders.ts';
import { findStepRoute } from '../steps/step-route.ts';

type Step = z.output<typeof SagaStep>;
type Payload = Step['payload'];

/** Roots of placeholders that do not name a step. */
export const reservedRoots = ['result', 'saga', 'event', 'input'] as const;
/** Maximum nesting depth of a payload. */
const maxDepth = 40;

function isTooDeep(value: unknown, depth = 0): boolean {
  if (value === null || typeof value !== 'object') return false;
  return depth >= maxDepth || Object.values(value).some((entry) => isTooDeep(entry, depth + 1));
}

const unknownRoot = (root: string) =>
  `\${${root}} does not name a step that has ended before this one starts`;

/** The first field that the route would ignore; undefined when it knows all, or keeps unknown ones. */
function unknownField(schema: z.ZodType, given: unknown): string | undefined {
  if (!(schema instanceof z.ZodObject)) return undefined;
  const { catchall } = schema.def;
  if (catchall !== undefined && !(catchall instanceof z.ZodNever)) return undefined;
  if (typeof given !== 'object' || given === null) return undefined;
  return Object.keys(given).find((key) => !Object.hasOwn(schema.shape, key));
}

/** @throws ProblemError `validation_failed` for a call that is invalid before any step has run */
function checkCall(
  loc: readonly (string | number)[],
  call: { step: Step; action: string; actionField: string; payload: Payload; payloadField: string },
  known: ReadonlySet<string>,
): void {
  const found = findStepRoute({ service: call.step.service, action: call.action }, { trusted: false });
  if ('reason' in found) throw fieldProblem([...loc, call.actionField], found.reason, 'unknown_route');
  const payloadLoc = [...loc, call.payloadField];
  if (isTooDeep(call.payload)) throw fieldProblem(payloadLoc, 'Nested too deeply', 'too_deep');
  for (const root of placeholderRoots(call.payload)) {
    if (!known.has(root)) throw fieldProblem(payloadLoc, unknownRoot(root), 'unknown_placeholder');
  }
  // A part with placeholders is validated once they are filled in.
  for (const part of ['params', 'query', 'body'] as const) {
    const schema = found.route[part];
    const given = call.payload[part];
    if (schema === undefined) {
      if (given !== undefined)
        throw fieldProblem([...payloadLoc, part], `The route takes no ${part}`, 'unexpected');
      continue;
    }
    const unknown = unknownField(schema, given);
    if (unknown !== undefined)
      throw fieldProblem([...payloadLoc, part, unknown], 'The route has no such field', 'unrecognized_keys');
    if (placeholderRoots(given).size === 0) {
      const parsed = schema.safeParse(given ?? (part === 'body' ? undefined : {}));
      const issue = parsed.error?.issues[0];
      if (issue)
        throw fieldProblem([...payloadLoc, part, ...issue.path.map(toKey)], issue.message, issue.code);
    }
  }
}

const toKey = (key: PropertyKey): string | number => (typeof key === 'number' ? key : String(key));

/**
 * Validates all steps before the first one runs: a saga that cannot succeed never begins.
 * @throws ProblemError `validation_failed` with the invalid field
 */
export function checkSteps(steps: readonly Step[], pattern: 'orchestration' | 'choreography'): void {
  const seen = new Set<string>();
  const ended = endedBefore(steps);
  for (const [index, step] of steps.entries()) {
    const known = new Set<string>(['saga', ...(ended[index] ?? [])]);
    const loc = ['body', 'steps', index];
    if ((reservedRoots as readonly string[]).includes(step.step_id))
      throw fieldProblem([...loc, 'step_id'], 'This id is reserved');
    if (seen.has(step.step_id)) throw fieldProblem([...loc, 'step_id'], 'An earlier step has this id');
    if (step.depends_on !== undefined && pattern === 'choreography')
      throw fieldProblem([...loc, 'depends_on'], 'Events decide when steps of a choreographed saga start');
    const unknown = step.depends_on?.findIndex((id) => !seen.has(id)) ?? -1;
    if (unknown >= 0)
      throw fieldProblem(
        [...loc, 'depends_on', unknown],
        'This does not name an earlier step',
        'unknown_step',
      );
    for (const root of placeholderRoots(step.when?.value ?? '')) {
      if (!known.has(root) && !(root === 'event' && step.on !== undefined))
        throw fieldProblem([...loc, 'when', 'value'], unknownRoot(root), 'unknown_placeholder');
    }
    if (step.on !== undefined && pattern !== 'choreography')
      throw fieldProblem([...loc, 'on'], 'Only steps of a choreographed saga can wait for an event');
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
      throw fieldProblem([...loc, 'compensation_payload'], 'compensation_action is missing');
    }
    seen.add(step.step_id);
  }
}
