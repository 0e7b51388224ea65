import type { z } from 'zod';
import { AirtableProblem as ProblemBody } from '../../../contracts/airtable-gateway/records.ts';
import type { Method } from '../../../contracts/route.ts';
import { problem } from '../../../kit/http/problem.ts';
import { retryAfterMs } from '../../../kit/http/retry-after.ts';
import { PeerProblem } from '../../../kit/peers/peer-problem.ts';
import { peerRequest, readBody } from '../../../kit/peers/peer-request.ts';
import { AirtableProblem, noPermission, notFound } from '../airtable-problem.ts';
import { type RequestLimit, tooManyRequests } from './request-limit.ts';

export interface AirtableHttpOptions {
  /** Base URL without `/v0`. */
  apiUrl: string;
  token: string;
  limit: RequestLimit;
  /** Maximum wait for the response headers, and again for the body, milliseconds. */
  timeoutMs: number;
}

export interface AirtableRequest<S extends z.ZodType> {
  /** Airtable counts requests per scope: the base id, or `meta`. */
  scope: string;
  method: Method;
  /** Segments of the path after `/v0`, not encoded. */
  path: readonly string[];
  query?: Readonly<Record<string, string | readonly string[] | undefined>>;
  body?: unknown;
  /** Schema of a successful response. */
  response: S;
  signal: AbortSignal;
}

export type AirtableHttp = <S extends z.ZodType>(request: AirtableRequest<S>) => Promise<z.output<S>>;

const peer = 'airtable';
const maxResponseBytes = 16 * 1024 * 1024;
/** Maximum number of retries after 429. Airtable has not executed such a request, so writes may be repeated too. */
const maxRetries = 3;
/** Maximum pause before a retry, milliseconds. After a longer one the caller has to come back. */
const maxPauseMs = 5_000;

/** Sends requests to Airtable's Web API within its request limit, retries after 429, and maps its errors to ours. */
export function createAirtableHttp({ apiUrl, token, limit, timeoutMs }: AirtableHttpOptions): AirtableHttp {
  function urlOf(request: AirtableRequest<z.ZodType>): URL {
    // A dot segment would leave the intended path, encoded or not.
    if (request.path.some((segment) => /^\.{0,2}$/.test(segment))) throw notFound();
    const url = new URL(`${apiUrl}/v0/${request.path.map(encodeURIComponent).join('/')}`);
    for (const [name, value] of Object.entries(request.query ?? {}))
      for (const one of [value ?? []].flat()) url.searchParams.append(name, one);
    return url;
  }

  async function sendOnce(request: AirtableRequest<z.ZodType>) {
    await limit.take(request.scope, request.signal);
    const response = await peerRequest({
      peer,
      method: request.method,
      url: urlOf(request),
      timeoutMs,
      signal: request.signal,
      headers: {
        authorization: `Bearer ${token}`,
        accept: 'application/json',
        ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
    });
    const body = await readBody(peer, response, maxResponseBytes, timeoutMs);
    return { status: response.status, retryAfter: response.headers['retry-after'], body: parse(body) };
  }

  return async (request) => {
    for (let attempt = 0; ; attempt += 1) {
      const { status, retryAfter, body } = await sendOnce(request);
      if (status === 429) {
        const pauseMs = retryAfterMs(retryAfter) || 1000 * 2 ** attempt;
        await limit.pause(request.scope, pauseMs);
        if (attempt >= maxRetries || pauseMs > maxPauseMs) throw tooManyRequests(pauseMs);
        continue;
      }
      if (status < 200 || status >= 300) throw toProblem(status, body);
      const parsed = request.response.safeParse(body);
      if (!parsed.success) throw new PeerProblem({ peer, status, cause: parsed.error });
      return parsed.data;
    }
  };
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    // Proxies in front of Airtable respond with HTML; then only the status counts.
    return undefined;
  }
}

function toProblem(status: number, body: unknown): Error {
  const error = ProblemBody.safeParse(body).data?.error;
  const type = typeof error === 'string' ? error : error?.type;
  const message = typeof error === 'object' ? error.message : undefined;
  const options = message === undefined ? {} : { message };
  switch (status) {
    case 401:
      // The platform's token is wrong, not the caller's.
      return problem('bad_gateway', { message: 'Airtable rejects the configured token.' });
    case 403:
      return noPermission();
    case 404:
      return type === undefined || type === 'NOT_FOUND'
        ? notFound()
        : new AirtableProblem('not_found', type, options);
    case 413:
      return problem('payload_too_large');
    case 400:
    case 422:
      return new AirtableProblem('validation_failed', type ?? 'INVALID_REQUEST_UNKNOWN', options);
    default:
      return new PeerProblem({ peer, status });
  }
}
