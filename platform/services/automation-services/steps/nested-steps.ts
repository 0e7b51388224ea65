import { z } from 'zod';
import { StepFailure } from '../../../kit/service/step-failure.ts';
import { type StepContext, stepKind } from './step-kind.ts';

/** Maximum number of items of a loop, of those that it does at once, and of parallel steps. */
const [maxItems, maxAtOnce, maxParallel] = [100, 5, 10];

/** Steps whose effects do not depend on their place in the workflow. */
const nestableTypes = [
  'http_request',
  'airtable_create',
  'airtable_update',
  'airtable_query',
  'data_transform',
  'log',
  'notification',
  'send_email',
  'llm_prompt',
] as const;

/** A step within another one. */
export const NestedStep = z.strictObject({
  type: z.enum(nestableTypes),
  config: z.record(z.string(), z.unknown()).default({}),
});
export type NestedStep = z.infer<typeof NestedStep>;

/** The well-formed steps within a step, each with its place in the configuration. */
export function nestedSteps({
  type,
  config,
}: {
  type: string;
  config: Readonly<Record<string, unknown>>;
}): { step: NestedStep; path: (string | number)[] }[] {
  const found: [unknown, (string | number)[]][] = [];
  if (type === 'for_each') found.push([config.step, ['step']]);
  if (type === 'parallel' && Array.isArray(config.steps))
    for (const [index, step] of config.steps.entries()) found.push([step, ['steps', index]]);
  return found.flatMap(([given, path]) => {
    const parsed = NestedStep.safeParse(given);
    return parsed.success ? [{ step: parsed.data, path }] : [];
  });
}

function namingPart(index: number, error: unknown): unknown {
  if (!(error instanceof StepFailure)) return error;
  const { retryable, retryAfterMs } = error;
  return new StepFailure(`${index}: ${error.message}`, { retryable, retryAfterMs, cause: error });
}

/**
 * Does all parts, at most `atOnce` at the same time. After a failure none is begun, and those that were begun end.
 * @returns their results in order
 * @throws the failure that a further attempt cannot repair, if there is one; among several that of the first part
 */
async function inParts(
  count: number,
  { atOnce, signal }: { atOnce: number; signal: AbortSignal },
  part: (index: number) => Promise<unknown>,
): Promise<unknown[]> {
  const results: unknown[] = new Array(count).fill(null);
  const failures: { index: number; error: unknown }[] = [];
  let next = 0;
  async function work(): Promise<void> {
    while (next < count && failures.length === 0 && !signal.aborted) {
      const index = next;
      next += 1;
      try {
        results[index] = await part(index);
      } catch (error) {
        failures.push({ index, error: namingPart(index, error) });
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, work));
  signal.throwIfAborted();
  const [first, ...others] = failures.sort((a, b) => a.index - b.index).map(({ error }) => error);
  if (first !== undefined)
    throw [first, ...others].find((error) => !(error instanceof StepFailure && error.retryable)) ?? first;
  return results;
}

/** Does one step for each item of a list. */
export const forEachKind = stepKind({
  types: ['for_each'],
  config: z.strictObject({
    items: z.array(z.unknown()).max(maxItems),
    step: NestedStep,
    at_once: z.coerce.number().int().min(1).max(maxAtOnce).default(1),
  }),
  literalFields: ['step'],
  async run({ items, step, at_once }, { part, signal }: StepContext) {
    const results = await inParts(items.length, { atOnce: at_once, signal }, (index) =>
      part(index, step, { item: items[index], index }),
    );
    return { result: { count: items.length, results } };
  },
});

/** Does several steps at the same time. */
export const parallelKind = stepKind({
  types: ['parallel'],
  config: z.strictObject({ steps: z.array(NestedStep).min(2).max(maxParallel) }),
  literalFields: ['steps'],
  async run({ steps }, { part, signal }: StepContext) {
    const results = await inParts(steps.length, { atOnce: steps.length, signal }, (index) =>
      part(index, steps[index] as NestedStep),
    );
    return { result: { results } };
  },
});
