import type { z } from 'zod';
import { type Exchange, empty, equals, type Json, oneOf } from '../../harness/engine/index.ts';
import { Problem, type ProblemCode, problems } from '../../platform/contracts/problem.ts';
import type { ServiceName } from '../../platform/contracts/service.ts';
import { deviationsFrom, textAt, valueAt } from './shape.ts';

/** Expectations of a successful response: its status, its service, and a body exactly as declared. */
export function expectResponse(status: number, service: ServiceName) {
  return { status: equals(status), servedBy: equals(service), body: empty() };
}

/** Observations for `expectResponse`. Without a schema the body must be empty. */
export function observeResponse(response: Exchange, schema: z.ZodType | undefined) {
  return {
    status: response.status as Json,
    servedBy: servedBy(response),
    body: (schema === undefined
      ? response.text === ''
        ? []
        : [`${response.text.length} characters instead of an empty body`]
      : deviationsFrom(schema, response.json)) as Json,
  };
}

/** Expectations of a rejection: the status of its code, one of the services that may reject, the error envelope. */
export function expectRejection(code: ProblemCode, ...services: [ServiceName, ...ServiceName[]]) {
  return {
    status: equals(problems[code].status),
    servedBy: oneOf(...services),
    error: equals(code),
    body: empty(),
  };
}

/** Observations for `expectRejection`. */
export function observeRejection(response: Exchange) {
  return {
    ...observeResponse(response, Problem),
    error: textAt(response.json, 'error') as Json,
  };
}

/** The location of the first problem that a rejection names, e.g. `['body', 'email']`; empty without one. */
export function problemLocation(response: Exchange): string[] {
  const location = valueAt(response.json, 'details', 0, 'loc');
  return Array.isArray(location) ? location.map(String) : [];
}

/** The service that the `x-served-by` header names; null without the header. */
export function servedBy(response: Exchange): string | null {
  return response.headers['x-served-by'] ?? null;
}

/** One line about a response, for lists of problems. */
export function summary(response: Exchange): string {
  const text = response.text.length > 160 ? `${response.text.slice(0, 160)}…` : response.text;
  return `${response.status} from ${servedBy(response) ?? 'an unnamed service'}: ${text}`;
}
