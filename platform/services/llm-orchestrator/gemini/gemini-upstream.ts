import { setTimeout } from 'node:timers/promises';
import type { Log } from '../../../kit/observe/log.ts';
import { readBody } from '../../../kit/peers/peer-request.ts';
import { ModelFailure, type ModelUpstream } from '../model-upstream.ts';
import { createGeminiHttp, type GeminiHttpOptions, maxAnswerBytes, peer } from './gemini-http.ts';
import { readEvents } from './read-events.ts';
import {
  GeminiAnswer,
  GeminiTokenCount,
  textOf,
  toContents,
  toGenerationConfig,
  toReply,
  UnusableAnswer,
} from './wire.ts';

export interface GeminiOptions {
  apiUrl: string;
  /** Absent: the model cannot be used, and says so. */
  apiKey: string | undefined;
  timeoutMs: number;
  /** 0 to 2. */
  temperature: number;
  log: Log;
  /** Waits between attempts; default real time. */
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
  sleep,
}: GeminiOptions): ModelUpstream {
  if (apiKey === undefined) {
    const refuse = async (): Promise<never> => {
      throw new ModelFailure('not_ready', { message: keyMissing, maybeCharged: false });
    };
    return { provider: peer, missing: keyMissing, countTokens: refuse, reply: refuse };
  }
  const http = createGeminiHttp({
    apiUrl,
    apiKey,
    timeoutMs,
    log,
    sleep: sleep ?? ((ms, signal) => setTimeout(ms, undefined, { signal })),
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
        read: async (answer) => {
          const body = await readBody(peer, answer, maxAnswerBytes);
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
          read: async (answer) => {
            const bytes = await readBody(peer, answer, maxAnswerBytes);
            return usable([GeminiAnswer.parse(JSON.parse(bytes.toString('utf8')))]);
          },
        });
      }
      return http({
        model,
        method: 'streamGenerateContent',
        signal,
        body,
        read: async (answer) => {
          const chunks: GeminiAnswer[] = [];
          for await (const data of readEvents(answer.body, maxAnswerBytes)) {
            const chunk = GeminiAnswer.parse(JSON.parse(data));
            chunks.push(chunk);
            const text = textOf(chunk);
            if (text !== '') onText(text);
          }
          return usable(chunks);
        },
      });
    },
  };
}

function usable(chunks: readonly GeminiAnswer[]) {
  try {
    return toReply(chunks);
  } catch (error) {
    if (!(error instanceof UnusableAnswer)) throw error;
    throw new ModelFailure('bad_gateway', { message: error.message, maybeCharged: true, cause: error });
  }
}
