import { z } from 'zod';
import type { Clock } from '../../../kit/service/clock.ts';
import { checkExpression, evaluateExpression } from './expression.ts';
import type { TemplateValues } from './fill-template.ts';
import { insertedText } from './inserted-text.ts';
import { stepKind } from './step-kind.ts';

/**
 * Waits. The time counts towards the timeout of the execution. A process that continues the step after another one has
 * ended waits for the rest.
 */
export function delayKind(clock: Clock) {
  return stepKind({
    types: ['delay'],
    config: z.strictObject({ seconds: z.coerce.number().min(0).max(3600) }),
    async run({ seconds }, { startedAt, signal }) {
      const left = startedAt.getTime() + seconds * 1000 - clock.now().getTime();
      await clock.sleep(Math.max(0, left), signal);
      return { result: { waited_seconds: seconds } };
    },
  });
}

/** Writes to the execution's log. */
export const logKind = stepKind({
  types: ['log'],
  config: z.strictObject({
    message: insertedText(z.string()),
    level: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
  }),
  async run({ message, level }, { log }) {
    await log(level, message);
    return { result: { message } };
  },
});

/** The data of an execution that expressions can read. */
export function expressionData({ input, file, results, loop }: TemplateValues): unknown {
  const length = Math.max(-1, ...results.keys()) + 1;
  return {
    input,
    file: file ?? null,
    steps: Array.from({ length }, (_none, index) => results.get(index) ?? null),
    ...(loop && { loop_item: loop.item, loop_index: loop.index }),
  };
}

/** Computes a new value from earlier results. */
export const dataTransformKind = stepKind({
  types: ['data_transform'],
  config: z.strictObject({ expression: z.string().min(1), source: z.unknown().optional() }),
  literalFields: ['expression'],
  check: ({ expression }) => checkExpression(expression),
  async run({ expression, source }, { values }) {
    return { result: await evaluateExpression(expression, source ?? expressionData(values)) };
  },
});
