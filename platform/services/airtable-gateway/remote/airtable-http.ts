import type { z } from 'zod';
import { AirtableProblem as ProblemBody } from '../../../contracts/airtable-gateway/records.ts';
import type { Method } from '../../../contracts/route.ts';
import { problem } from '../../../kit/http/problem.ts';
import { PeerProblem } from '../../../kit/peers/peer-problem.ts';
import { peerRequest, readBody } from '../../../kit/peers/peer-request.ts';
import { AirtableProblem, noPermission, notFound } from '../api/airtable-problem.ts';
import { type RequestLimit, tooMany } from './request-limit.ts';

export interface AirtableHttpOptions {
  /** Base URL without `/v0`. */
  apiUrl: string;
  token: string;
  limit: RequestLimit;
}

export interface AirtableRequest<S extends z.ZodType> {
  /** What Airtable counts requests by: the base id, or `meta`. */
  scope: string;
  method: Method;
  /** Parts of the path after `/v0`, not encoded. */
  path: readonly string[];
  query?: Readonly<Record<string, string | readonly string[] | undefined>>;
  body?: unknown;
  /** Airtable's answer must have this shape. */
  answer: S;
  signal: AbortSignal;
}

export type AirtableHttp = <S extends z.ZodType>(request: AirtableRequest<S>) => Promise<z.output<S>>;

const peer = 'airtable';
const timeoutMs = 30_000;
const maxAnswerBytes = 16 * 1024 * 1024;
/** How often a request is sent again after 429; Airtable has then not begun it, so writes may be repeated too. */
const mostRetries = 3;
/** Longest pause that a caller is made to wait through, milliseconds. */
const longestPauseMs = 5_000;

/** Talks to Airtable's Web API: keeps its limit, waits when told to, and turns its refusals into ours. */
export function createAirtableHttp({ apiUrl, token, limit }: AirtableHttpOptions): AirtableHttp {
  function urlOf(request: AirtableRequest<z.ZodType>): URL {
    // A part of dots would climb out of the path that was meant, encoded or not.
    if (request.path.some((part) => /^\.{0,2}$/.test(part))) throw notFound();
    const url = new URL(`${apiUrl}/v0/${request.path.map(encodeURIComponent).join('/')}`);
    for (const [name, value] of Object.entries(request.query ?? {}))
      for (const one of [value ?? []].flat()) url.searchParams.append(name, one);
    return url;
  }

  async function sendOnce(request: AirtableRequest<z.ZodType>) {
    await limit.take(request.scope, request.signal);
    const answer = await peerRequest({
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
    const body = await readBody(peer, answer, maxAnswerBytes);
    return { status: answer.status, retryAfter: answer.headers['retry-after'], body: parse(body) };
  }

  return async (request) => {
    for (let attempt = 0; ; attempt += 1) {
      const { status, retryAfter, body } = await sendOnce(request);
      if (status === 429) {
        const pauseMs = toPauseMs(retryAfter, attempt);
        await limit.pause(request.scope, pauseMs);
        if (attempt >= mostRetries || pauseMs > longestPauseMs) throw tooMany(pauseMs);
        continue;
      }
      if (status < 200 || status >= 300) throw toRefusal(status, body);
      const parsed = request.answer.safeParse(body);
      if (!parsed.success) throw new PeerProblem({ peer, status, cause: parsed.error });
      return parsed.data;
    }
  };
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    // Proxies in front of Airtable answer in HTML; what counts then is the status.
    return undefined;
  }
}

/** Airtable's word on when to come back, else 1, 2, 4 … seconds. */
function toPauseMs(retryAfter: string | undefined, attempt: number): number {
  const seconds = Number(retryAfter);
  return retryAfter !== undefined && seconds > 0 ? seconds * 1000 : 1000 * 2 ** attempt;
}

function toRefusal(status: number, body: unknown): Error {
  const parsed = ProblemBody.safeParse(body);
  const error = parsed.success ? parsed.data.error : undefined;
  const type = typeof error === 'string' ? error : error?.type;
  const message = typeof error === 'object' ? error.message : undefined;
  const options = message === undefined ? {} : { message };
  switch (status) {
    case 401:
      // Not the caller's token is wrong but ours.
      return problem('bad_gateway', { message: 'Airtable refuses the configured token.' });
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
