import type { z } from 'zod';
import type { Exchange } from '../../harness/engine/index.ts';
import { problems } from '../../platform/contracts/problem.ts';
import type { RouteSpec } from '../../platform/contracts/route.ts';
import { summary } from './response.ts';

/** A request that shows whether a route is built, and does as little as it can. */
export interface SampleRequest {
  /** The route's path with its parameters filled in. */
  path: string;
  body?: unknown;
  /** Whether the route has to refuse it as invalid; such a request has no effect at all. */
  invalid: boolean;
  /** The answer may go on for ever. */
  headersOnly: boolean;
}

/** Values for path parameters, each right for some kind of id. They name nothing that exists. */
const ids = [
  '00000000-0000-4000-8000-000000000000',
  'appA1b2C3d4E5f6G7',
  'tblA1b2C3d4E5f6G7',
  'recA1b2C3d4E5f6G7',
  'fldA1b2C3d4E5f6G7',
  'sample',
  '1',
] as const;

/** Bodies of which a schema refuses at least one, unless it accepts anything. */
const oddBodies: readonly unknown[] = [{}, [], 'text', 0];

/**
 * Makes a request for a route from its contract: an invalid one where the contract refuses something, so that
 * walking over all routes changes nothing; else the example, or a request without body.
 */
export function sampleRequest(route: RouteSpec): SampleRequest {
  const path = route.path.replaceAll(/:(\w+)/g, (_match, name: string) => idFor(route.params?.shape[name]));
  const headersOnly = route.success.contentType === 'text/event-stream';
  if (route.body === undefined) return { path, invalid: false, headersOnly };
  const body = route.body;
  const refused = oddBodies.find((candidate) => !body.safeParse(candidate).success);
  return refused === undefined
    ? { path, body: route.bodyExample ?? {}, invalid: false, headersOnly }
    : { path, body: refused, invalid: true, headersOnly };
}

function idFor(schema: unknown): string {
  const accepts = (id: string): boolean =>
    schema === undefined || (schema as z.ZodType).safeParse(id).success;
  return ids.find(accepts) ?? ids[0];
}

/** Statuses of a request that is refused as invalid. */
const refusals = new Set([400, 413, 415, 422]);

/**
 * What is wrong with the answer to a route's sample request, made with the rights the route asks for.
 * 404 counts as an answer only where a parameter names something that does not exist.
 * @returns undefined when the route is there and works as declared.
 */
export function whatIsWrong(route: RouteSpec, sample: SampleRequest, answer: Exchange): string | undefined {
  const { status } = answer;
  const told = `${route.method} ${sample.path}: ${summary(answer)}`;
  if (status === 501) return `${route.method} ${route.path} is not built (501)`;
  if (sample.invalid) return refusals.has(status) ? undefined : told;
  if (status === route.success.status) return undefined;
  if (status >= 300 && status < 400 && route.success.contentType === 'text/html') return undefined;
  const declared = (route.problems ?? []).some((code) => problems[code].status === status);
  // What the sample lacks: the parts of an upload, or a query that has to be there.
  const incomplete = (route.bodyType !== undefined || route.query !== undefined) && refusals.has(status);
  if (status < 500 && (incomplete || (declared && (status !== 404 || route.path.includes(':')))))
    return undefined;
  return told;
}
