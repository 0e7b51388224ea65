import type { Log } from '../../../kit/observe/log.ts';
import { readBody } from '../../../kit/peers/peer-request.ts';
import { systemClock } from '../../../kit/service/clock.ts';
import { ModelFailure, type ModelUpstream } from '../model-upstream.ts';
import { createGeminiHttp, type GeminiHttpOptions, maxResponseBytes, peer } from './gemini-http.ts';
import { readEvents } from './read-events.ts';
import {
  GeminiResponse,
  GeminiTokenCount,
  textOf,
  toContents,
  toGenerationConfig,
  toReply,
  UnusableResponse,
} from './wire.ts';

export interface GeminiOptions {
  apiUrl: string;
  /** Undefined: every call fails and names the missing setting. */
  apiKey: string | undefined;
  timeoutMs: number;
  /** 0 to 2. */
  temperature: number;
  log: Log;
  /** Waits between attempts; by default with a timer. */
  sleep?: GeminiHttpOptions['sleep'];
}

const keyMissing =
  'The model cannot be used: GEMINI_API_KEY is not set. Set it to a key of the Gemini API and restart llm-orchestrator.';

/** The Gemini API (https://ai.google.dev/api/generate-content), with function calling and streaming. */
export function openGemini({
  apiUrl,
  apiKey,
  timeoutMs,
  temperature,
  log,
  sleep = systemClock.sleep,
}: GeminiOptions): ModelUpstream {
  if (apiKey === undefined) {
    const reject = async (): Promise<never> => {
      throw new ModelFailure('not_ready', { message: keyMissing, maybeCharged: false });
    };
    return { provider: peer, missing: keyMissing, countTokens: reject, reply: reject };
  }
  const http = createGeminiHttp({
    apiUrl,
    apiKey,
    timeoutMs,
    log,
    sleep,
  });

  return {
    provider: peer,
    missing: undefined,

    countTokens(request, signal) {
      return http({
        model: request.model,
        method: 'countTokens',
        signal,
        body: { generateContentRequest: { model: `models/${request.model}`, ...toContents(request) } },
        read: async (response) => {
          const body = await readBody(peer, response, maxResponseBytes);
          return GeminiTokenCount.parse(JSON.parse(body.toString('utf8'))).totalTokens;
        },
      });
    },

    reply(request, { signal, onText }) {
      const body = { ...toContents(request), generationConfig: toGenerationConfig(request, temperature) };
      const { model } = request;
      if (onText === undefined) {
        return http({
          model,
          method: 'generateContent',
          signal,
          body,
          read: async (response) => {
            const bytes = await readBody(peer, response, maxResponseBytes);
            return toUsableReply([GeminiResponse.parse(JSON.parse(bytes.toString('utf8')))]);
          },
        });
      }
      return http({
        model,
        method: 'streamGenerateContent',
        signal,
        body,
        read: async (response) => {
          const chunks: GeminiResponse[] = [];
          for await (const data of readEvents(response.body, maxResponseBytes)) {
            const chunk = GeminiResponse.parse(JSON.parse(data));
            chunks.push(chunk);
            const text = textOf(chunk);
            if (text !== '') onText(text);
          }
          return toUsableReply(chunks);
        },
      });
    },
  };
}

function toUsableReply(chunks: readonly GeminiResponse[]) {
  try {
    return toReply(chunks);
  } catch (error) {
    if (!(error instanceof UnusableResponse)) throw error;
    throw new ModelFailure('bad_gateway', { message: error.message, maybeCharged: true, cause: error });
  }
}
