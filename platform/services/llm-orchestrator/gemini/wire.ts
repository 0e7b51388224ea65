import { z } from 'zod';
import type { ModelReply, ModelRequest, ToolRequest, Turn } from '../model-upstream.ts';

const tokenCount = z.int().nonnegative().max(100_000_000);

const Part = z.looseObject({
  text: z.string().optional(),
  /** True for a summary of the model's thinking. */
  thought: z.boolean().optional(),
  functionCall: z
    .looseObject({
      id: z.string().max(200).optional(),
      name: z.string().min(1).max(100),
      args: z.record(z.string(), z.unknown()).optional(),
    })
    .optional(),
});
type Part = z.output<typeof Part>;

/** The used parts of a Gemini response. A chunk of a stream has the same format as a whole response. */
export const GeminiResponse = z.object({
  candidates: z
    .array(
      z.object({
        content: z.object({ parts: z.array(Part).max(10_000).optional() }).optional(),
        finishReason: z.string().max(100).optional(),
      }),
    )
    .max(8)
    .optional(),
  promptFeedback: z.object({ blockReason: z.string().max(100).optional() }).optional(),
  usageMetadata: z
    .object({
      promptTokenCount: tokenCount.optional(),
      candidatesTokenCount: tokenCount.optional(),
      thoughtsTokenCount: tokenCount.optional(),
    })
    .optional(),
});
export type GeminiResponse = z.output<typeof GeminiResponse>;

export const GeminiTokenCount = z.object({ totalTokens: tokenCount });

/** https://google.aip.dev/193 */
export const GeminiErrorBody = z.object({
  error: z.object({
    message: z.string().optional(),
    status: z.string().optional(),
    details: z
      .array(z.looseObject({ reason: z.string().optional(), retryDelay: z.string().optional() }))
      .optional(),
  }),
});

function toContent(turn: Turn): object {
  switch (turn.role) {
    case 'user':
      return { role: 'user', parts: [{ text: turn.text }] };
    case 'assistant':
      return { role: 'model', parts: [{ text: turn.text }] };
    case 'replay':
      return turn.replay as object;
    case 'tools':
      return {
        role: 'user',
        parts: turn.responses.map(({ request, response }) => ({
          functionResponse: { ...(request.id ? { id: request.id } : {}), name: request.name, response },
        })),
      };
  }
}

/** Gemini accepts JSON Schema except for the keyword of its dialect. */
function withoutDialect({ $schema: _dialect, ...schema }: Record<string, unknown>): object {
  return schema;
}

/** The common part of requests for a reply and for a token count. */
export function toContents({ instructions, turns, tools, mayCallTools }: ModelRequest): object {
  return {
    systemInstruction: { parts: [{ text: instructions }] },
    contents: turns.map(toContent),
    ...(tools.length === 0
      ? {}
      : {
          tools: [
            {
              functionDeclarations: tools.map(({ name, description, inputSchema }) => ({
                name,
                description,
                parametersJsonSchema: withoutDialect(inputSchema),
              })),
            },
          ],
          toolConfig: { functionCallingConfig: { mode: mayCallTools ? 'AUTO' : 'NONE' } },
        }),
  };
}

/** Minimum thinking budget of pro models, tokens. */
const minThinkingOfPro = 128;

/** Limits and settings of the reply. Gemini's limit of output includes thinking. */
export function toGenerationConfig(
  { model, maxOutputTokens, thinkingBudget }: ModelRequest,
  temperature: number,
): object {
  const thinks = !/^gemini-(1\.|2\.0)/.test(model);
  return {
    temperature,
    candidateCount: 1,
    maxOutputTokens: maxOutputTokens + thinkingBudget,
    ...(thinks
      ? {
          thinkingConfig: {
            thinkingBudget: model.includes('-pro')
              ? Math.max(thinkingBudget, minThinkingOfPro)
              : thinkingBudget,
            includeThoughts: thinkingBudget > 0,
          },
        }
      : {}),
  };
}

/** A response without a usable reply. */
export class UnusableResponse extends Error {
  override readonly name = 'UnusableResponse';
}

/** The text of a response, without the model's thinking. */
export function textOf(response: GeminiResponse): string {
  return partsOf(response)
    .filter(({ thought }) => !thought)
    .map(({ text }) => text ?? '')
    .join('');
}

function partsOf(response: GeminiResponse): readonly Part[] {
  return response.candidates?.[0]?.content?.parts ?? [];
}

/**
 * Joins the chunks of a response; a whole response is one chunk.
 * @throws UnusableResponse when the model rejects the message or the response is incomplete
 */
export function toReply(chunks: readonly GeminiResponse[]): ModelReply {
  const parts = chunks.flatMap(partsOf);
  const usage = chunks.findLast(({ usageMetadata }) => usageMetadata !== undefined)?.usageMetadata;
  const finish = chunks.findLast(({ candidates }) => candidates?.[0]?.finishReason)?.candidates?.[0]
    ?.finishReason;
  const blocked = chunks.find(({ promptFeedback }) => promptFeedback?.blockReason)?.promptFeedback
    ?.blockReason;
  if (blocked !== undefined) throw new UnusableResponse(`The model rejects the message (${blocked}).`);
  if (finish === undefined) throw new UnusableResponse('The response of the model is incomplete.');
  if (usage?.promptTokenCount === undefined)
    throw new UnusableResponse('The response of the model does not report its token usage.');
  const text = chunks.map(textOf).join('');
  const toolRequests = parts.flatMap(({ functionCall }): ToolRequest[] =>
    functionCall === undefined
      ? []
      : [
          {
            ...(functionCall.id ? { id: functionCall.id } : {}),
            name: functionCall.name,
            arguments: functionCall.args ?? {},
          },
        ],
  );
  if (text === '' && toolRequests.length === 0)
    throw new UnusableResponse(`The model sent no text (${finish}).`);
  return {
    text,
    thinking: parts
      .filter(({ thought }) => thought)
      .map((part) => part.text ?? '')
      .join(''),
    toolRequests,
    tokens: {
      input: usage.promptTokenCount,
      output: usage.candidatesTokenCount ?? 0,
      thinking: usage.thoughtsTokenCount ?? 0,
    },
    cutShort: finish !== 'STOP',
    // The parts contain signatures of the thinking, which Gemini expects back.
    replay: { role: 'model', parts: parts.filter(({ thought }) => !thought) },
  };
}
