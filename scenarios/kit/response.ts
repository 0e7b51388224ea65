import type { z } from 'zod';
import { type Exchange, empty, equals, type Json, oneOf } from '../../harness/engine/index.ts';
import { Problem, type ProblemCode, problems } from '../../platform/contracts/problem.ts';
import type { ServiceName } from '../../platform/contracts/service.ts';
import { deviationsFrom, textAt } from './shape.ts';

/** Expectations of a right answer: its status, who answers, and a body that is exactly as declared. */
export function answers(status: number, service: ServiceName) {
  return { status: equals(status), servedBy: equals(service), body: empty() };
}

/** What an exchange shows for `answers`. Without a schema the body has to be empty. */
export function answerIn(exchange: Exchange, schema: z.ZodType | undefined) {
  return {
    status: exchange.status as Json,
    servedBy: servedBy(exchange),
    body: (schema === undefined
      ? exchange.text === ''
        ? []
        : [`a body of ${exchange.text.length} characters where none belongs`]
      : deviationsFrom(schema, exchange.json)) as Json,
  };
}

/** Expectations of a refusal: the code's own status, one of the services that may refuse, the one envelope. */
export function refuses(code: ProblemCode, ...services: [ServiceName, ...ServiceName[]]) {
  return {
    status: equals(problems[code].status),
    servedBy: oneOf(...services),
    error: equals(code),
    body: empty(),
  };
}

/** What an exchange shows for `refuses`. */
export function refusalIn(exchange: Exchange) {
  return {
    status: exchange.status as Json,
    servedBy: servedBy(exchange),
    error: textAt(exchange.json, 'error') as Json,
    body: deviationsFrom(Problem, exchange.json) as Json,
  };
}

/** The service that says it has answered; null when the answer does not say. */
export function servedBy(exchange: Exchange): string | null {
  return exchange.headers['x-served-by'] ?? null;
}

/** One line about an answer, for lists of what went wrong. */
export function summary(exchange: Exchange): string {
  const text = exchange.text.length > 160 ? `${exchange.text.slice(0, 160)}…` : exchange.text;
  return `${exchange.status} by ${servedBy(exchange) ?? 'nobody named'}: ${text}`;
}
