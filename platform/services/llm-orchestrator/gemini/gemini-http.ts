import type { Log } from '../../../kit/observe/log.ts';
import { PeerProblem } from '../../../kit/peers/peer-problem.ts';
import { type PeerAnswer, peerRequest, readBody } from '../../../kit/peers/peer-request.ts';
import { describeFailure } from '../../../kit/service/describe-failure.ts';
import { ModelFailure } from '../model-upstream.ts';
import { GeminiErrorBody } from './wire.ts';

export interface GeminiHttpOptions {
  /** Base URL without `/v1beta`. */
  apiUrl: string;
  apiKey: string;
  /** Maximum time for one complete response, milliseconds. */
  timeoutMs: number;
  /** Resolves after `ms` milliseconds. */
  sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  log: Log;
}

export interface GeminiRequest<T> {
  model: string;
  method: 'generateContent' | 'streamGenerateContent' | 'countTokens';
  body: object;
  signal: AbortSignal;
  /** Reads the body of a response with status 200. */
  read: (response: PeerAnswer) => Promise<T>;
}

export type GeminiHttp = <T>(request: GeminiRequest<T>) => Promise<T>;

export const peer = 'gemini';
/** Maximum size of a response or of all chunks of a stream, bytes. */
export const maxResponseBytes = 4 * 1024 * 1024;
const maxErrorBytes = 64 * 1024;
/** Statuses after which a retry may succeed. */
const transientStatuses = new Set([500, 502, 503, 504]);
/** Delays before retries, milliseconds. */
const retryDelaysMs = [200, 1_000];

/**
 * Sends requests to the Gemini API. The key is in a header, never in the URL. Server errors are retried. Every other
 * failure becomes a ModelFailure, which tells whether the call may have been charged.
 */
export function createGeminiHttp({ apiUrl, apiKey, timeoutMs, sleep, log }: GeminiHttpOptions): GeminiHttp {
  return async ({ model, method, body, signal, read }) => {
    const query = method === 'streamGenerateContent' ? '?alt=sse' : '';
    const url = new URL(`${apiUrl}/v1beta/models/${encodeURIComponent(model)}:${method}${query}`);
    const limit = AbortSignal.timeout(timeoutMs);
    const stop = AbortSignal.any([signal, limit]);
    let charging = false;

    async function send(): Promise<PeerAnswer> {
      for (let attempt = 0; ; attempt += 1) {
        charging = method !== 'countTokens';
        const response = await peerRequest({
          peer,
          method: 'POST',
          url,
          timeoutMs,
          signal: stop,
          headers: { 'x-goog-api-key': apiKey, 'content-type': 'application/json' },
          body: JSON.stringify(body),
        });
        const { status } = response;
        if (status === 200) return response;
        // Rejected requests are not charged.
        charging = false;
        const error = await readError(response);
        const delayMs = retryDelaysMs[attempt];
        if (!transientStatuses.has(status) || delayMs === undefined) {
          log.warn({ status, reason: error?.message, method }, 'the model rejected a request');
          throw toFailure(status, error);
        }
        await sleep(delayMs, stop);
      }
    }

    try {
      return await read(await send());
    } catch (error) {
      if (error instanceof ModelFailure) throw error;
      signal.throwIfAborted();
      if (limit.aborted || (error instanceof PeerProblem && error.timedOut)) {
        throw new ModelFailure('gateway_timeout', {
          message: `The model did not respond within ${timeoutMs / 1000} seconds.`,
          maybeCharged: charging,
          cause: error,
        });
      }
      const unreachable = error instanceof PeerProblem && error.status === undefined;
      log.warn({ err: describeFailure(error), method }, 'a response of the model could not be read');
      throw new ModelFailure('bad_gateway', {
        message: unreachable
          ? 'The model could not be reached.'
          : 'The response of the model could not be read.',
        maybeCharged: charging && !(unreachable && neverConnected(error)),
        cause: error,
      });
    }
  };
}

const connecting = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

function neverConnected(error: PeerProblem): boolean {
  const cause = error.cause instanceof AggregateError ? error.cause.errors[0] : error.cause;
  return connecting.has((cause as { code?: string } | undefined)?.code ?? '');
}

type GeminiError = ReturnType<(typeof GeminiErrorBody)['parse']>['error'];

async function readError(response: PeerAnswer): Promise<GeminiError | undefined> {
  try {
    const body = await readBody(peer, response, maxErrorBytes);
    return GeminiErrorBody.safeParse(JSON.parse(body.toString('utf8'))).data?.error;
  } catch {
    // Proxies in front of the API respond with HTML; then only the status counts.
    return undefined;
  }
}

function toFailure(status: number, error: GeminiError | undefined): ModelFailure {
  const reasons = error?.details?.map(({ reason }) => reason) ?? [];
  if (status === 401 || status === 403 || reasons.includes('API_KEY_INVALID')) {
    return new ModelFailure('not_ready', {
      message: 'The model cannot be used: the Gemini API rejects the configured GEMINI_API_KEY.',
      maybeCharged: false,
    });
  }
  if (status === 429) {
    const delay = error?.details?.find(({ retryDelay }) => retryDelay !== undefined)?.retryDelay;
    const seconds = Math.ceil(Number.parseFloat(delay ?? ''));
    return new ModelFailure('rate_limited', {
      message: 'The model accepts no more requests at the moment.',
      maybeCharged: false,
      headers: { 'retry-after': String(seconds > 0 && seconds <= 86_400 ? seconds : 60) },
    });
  }
  return new ModelFailure('bad_gateway', {
    message: `The model rejected the request (${status}${error?.status ? ` ${error.status}` : ''}).`,
    maybeCharged: false,
  });
}
