import type { z } from 'zod';
import type { Exchange } from '../../harness/engine/index.ts';
import { problems } from '../../platform/contracts/problem.ts';
import type { RouteSpec } from '../../platform/contracts/route.ts';
import { summary } from './response.ts';

/** A request that shows whether a route is implemented, with as little effect as possible. */
export interface SampleRequest {
  /** The route's path with its parameters filled in. */
  path: string;
  body?: unknown;
  /**
   * Whether the route must reject the request as invalid: a wrong body, or a missing query parameter. Such a request has
   * no effect, even if a route that should be protected is open. This holds for every route of access `service` that
   * changes something.
   */
  invalid: boolean;
  /** Whether the response may be an endless stream. */
  headersOnly: boolean;
}

/** Values for path parameters, each valid for one kind of id. None of them exists. */
const ids = [
  '00000000-0000-4000-8000-000000000000',
  'appA1b2C3d4E5f6G7',
  'tblA1b2C3d4E5f6G7',
  'recA1b2C3d4E5f6G7',
  'fldA1b2C3d4E5f6G7',
  'patA1b2C3d4E5f6G7',
  'sample',
  '1',
] as const;

/** A schema rejects at least one of these bodies, unless it accepts everything. */
const invalidBodies: readonly unknown[] = [{}, [], 'text', 0];

/**
 * Makes a request for a route from its contract. The body is invalid if the contract rejects anything, so that
 * requests to all routes change nothing. Otherwise it is the contract's example, or absent.
 */
export function sampleRequest(route: RouteSpec): SampleRequest {
  const path = route.path.replaceAll(/:(\w+)/g, (_match, name: string) => idFor(route.params?.shape[name]));
  const headersOnly = route.success.contentType === 'text/event-stream';
  const withoutQuery = route.query?.safeParse({}).success === false;
  if (route.body === undefined) return { path, invalid: withoutQuery, headersOnly };
  const schema = route.body;
  const rejected = invalidBodies.find((candidate) => !schema.safeParse(candidate).success);
  return rejected === undefined
    ? { path, body: route.bodyExample ?? {}, invalid: withoutQuery, headersOnly }
    : { path, body: rejected, invalid: true, headersOnly };
}

function idFor(schema: unknown): string {
  const accepts = (id: string): boolean =>
    schema === undefined || (schema as z.ZodType).safeParse(id).success;
  return ids.find(accepts) ?? ids[0];
}

/** Statuses that reject a request as invalid. */
const rejections = new Set([400, 413, 415, 422]);

/**
 * Describes the problem with a response to a route's sample request, sent with the access the route asks for.
 * 404 is accepted only where a parameter names an object that does not exist.
 * @returns undefined when the route is implemented as declared.
 */
export function problemWith(route: RouteSpec, sample: SampleRequest, response: Exchange): string | undefined {
  const { status } = response;
  const problem = `${route.method} ${sample.path}: ${summary(response)}`;
  if (status === 501) return `${route.method} ${route.path} is not implemented (501)`;
  if (sample.invalid) return rejections.has(status) ? undefined : problem;
  if (status === route.success.status) return undefined;
  if (status >= 300 && status < 400 && route.success.contentType === 'text/html') return undefined;
  const declared = (route.problems ?? []).some((code) => problems[code].status === status);
  // The sample lacks the parts of an upload and required query parameters.
  const incomplete = (route.bodyType !== undefined || route.query !== undefined) && rejections.has(status);
  if (status < 500 && (incomplete || (declared && (status !== 404 || route.path.includes(':')))))
    return undefined;
  return problem;
}
