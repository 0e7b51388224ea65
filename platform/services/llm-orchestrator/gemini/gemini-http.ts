import type { Log } from '../../../kit/observe/log.ts';
import { PeerProblem } from '../../../kit/peers/peer-problem.ts';
import { type PeerAnswer, peerRequest, readBody } from '../../../kit/peers/peer-request.ts';
import { describeFailure } from '../../../kit/service/describe-failure.ts';
import { ModelFailure } from '../model-upstream.ts';
import { GeminiRefusal } from './wire.ts';

export interface GeminiHttpOptions {
  /** Base URL without `/v1beta`. */
  apiUrl: string;
  apiKey: string;
  /** Longest time for one answer with all its bytes, milliseconds. */
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
  /** Reads the body of a 200. */
  read: (answer: PeerAnswer) => Promise<T>;
}

export type GeminiHttp = <T>(request: GeminiRequest<T>) => Promise<T>;

export const peer = 'gemini';
/** Most bytes of an answer, or of all chunks of a stream. */
export const maxAnswerBytes = 4 * 1024 * 1024;
const maxRefusalBytes = 64 * 1024;
/** Statuses after which the same request may succeed a moment later. */
const passing = new Set([500, 502, 503, 504]);
/** Pauses before a request is sent again, milliseconds. */
const pausesMs = [200, 1_000];

/**
 * Talks to the Gemini API: sends the key in a header, never in the URL, tries again when the server failed, and turns
 * every other end into a ModelFailure that says whether it may have cost something.
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
        const answer = await peerRequest({
          peer,
          method: 'POST',
          url,
          timeoutMs,
          signal: stop,
          headers: { 'x-goog-api-key': apiKey, 'content-type': 'application/json' },
          body: JSON.stringify(body),
        });
        if (answer.status === 200) return answer;
        // What was refused is not charged.
        charging = false;
        const refusal = await readRefusal(answer);
        const pauseMs = pausesMs[attempt];
        if (!passing.has(answer.status) || pauseMs === undefined) {
          log.warn(
            { status: answer.status, refusal: refusal?.message, method },
            'the model refused a request',
          );
          throw toFailure(answer.status, refusal);
        }
        await sleep(pauseMs, stop);
      }
    }

    try {
      return await read(await send());
    } catch (error) {
      if (error instanceof ModelFailure) throw error;
      signal.throwIfAborted();
      if (limit.aborted || (error instanceof PeerProblem && error.timedOut)) {
        throw new ModelFailure('gateway_timeout', {
          message: `The model did not answer within ${timeoutMs / 1000} seconds.`,
          maybeCharged: charging,
          cause: error,
        });
      }
      const unreachable = error instanceof PeerProblem && error.status === undefined;
      log.warn({ err: describeFailure(error), method }, 'an answer of the model could not be read');
      throw new ModelFailure('bad_gateway', {
        message: unreachable
          ? 'The model could not be reached.'
          : 'The answer of the model could not be read.',
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

type Refusal = ReturnType<(typeof GeminiRefusal)['parse']>['error'];

async function readRefusal(answer: PeerAnswer): Promise<Refusal | undefined> {
  try {
    const body = await readBody(peer, answer, maxRefusalBytes);
    return GeminiRefusal.safeParse(JSON.parse(body.toString('utf8'))).data?.error;
  } catch {
    // Proxies in front of the API answer in HTML; what counts then is the status.
    return undefined;
  }
}

function toFailure(status: number, refusal: Refusal | undefined): ModelFailure {
  const reasons = refusal?.details?.map(({ reason }) => reason) ?? [];
  if (status === 401 || status === 403 || reasons.includes('API_KEY_INVALID')) {
    return new ModelFailure('not_ready', {
      message: 'The model cannot be used: the Gemini API refuses the configured GEMINI_API_KEY.',
      maybeCharged: false,
    });
  }
  if (status === 429) {
    const delay = refusal?.details?.find(({ retryDelay }) => retryDelay !== undefined)?.retryDelay;
    const seconds = Math.ceil(Number.parseFloat(delay ?? ''));
    return new ModelFailure('rate_limited', {
      message: 'The model accepts no more requests for the moment.',
      maybeCharged: false,
      headers: { 'retry-after': String(seconds > 0 && seconds <= 86_400 ? seconds : 60) },
    });
  }
  return new ModelFailure('bad_gateway', {
    message: `The model refused the request (${status}${refusal?.status ? ` ${refusal.status}` : ''}).`,
    maybeCharged: false,
  });
}
