import { z } from 'zod';
import type { ModelReply, ModelRequest, ToolRequest, Turn } from '../model-upstream.ts';

const tokenCount = z.int().nonnegative().max(100_000_000);

const Part = z.looseObject({
  text: z.string().optional(),
  /** True for a summary of what the model thought. */
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

/** The parts of Gemini's answers that are read; one chunk of a stream has the same shape as a whole answer. */
export const GeminiAnswer = z.object({
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
export type GeminiAnswer = z.output<typeof GeminiAnswer>;

export const GeminiTokenCount = z.object({ totalTokens: tokenCount });

/** https://google.aip.dev/193 */
export const GeminiRefusal = z.object({
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
        parts: turn.outcomes.map(({ request, response }) => ({
          functionResponse: { ...(request.id ? { id: request.id } : {}), name: request.name, response },
        })),
      };
  }
}

/** Gemini takes JSON Schema but for the keyword that names its dialect. */
function withoutDialect({ $schema: _dialect, ...schema }: Record<string, unknown>): object {
  return schema;
}

/** What both counting and answering are sent. */
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

/** The least that models of this kind can be told to think, tokens. */
const leastThinkingOfPro = 128;

/** Limits and manner of the answer. Gemini's limit of output counts thinking too. */
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
              ? Math.max(thinkingBudget, leastThinkingOfPro)
              : thinkingBudget,
            includeThoughts: thinkingBudget > 0,
          },
        }
      : {}),
  };
}

/** Why an answer cannot be used. */
export class UnusableAnswer extends Error {
  override readonly name = 'UnusableAnswer';
}

/** The text of an answer, without what the model thought. */
export function textOf(answer: GeminiAnswer): string {
  return partsOf(answer)
    .filter(({ thought }) => !thought)
    .map(({ text }) => text ?? '')
    .join('');
}

function partsOf(answer: GeminiAnswer): readonly Part[] {
  return answer.candidates?.[0]?.content?.parts ?? [];
}

/**
 * Puts the chunks of an answer together; a whole answer is one chunk.
 * @throws UnusableAnswer when the model refused, or the answer is not complete.
 */
export function toReply(chunks: readonly GeminiAnswer[]): ModelReply {
  const parts = chunks.flatMap(partsOf);
  const usage = chunks.findLast(({ usageMetadata }) => usageMetadata !== undefined)?.usageMetadata;
  const finish = chunks.findLast(({ candidates }) => candidates?.[0]?.finishReason)?.candidates?.[0]
    ?.finishReason;
  const blocked = chunks.find(({ promptFeedback }) => promptFeedback?.blockReason)?.promptFeedback
    ?.blockReason;
  if (blocked !== undefined) throw new UnusableAnswer(`The model refuses the message (${blocked}).`);
  if (finish === undefined) throw new UnusableAnswer('The answer of the model is not complete.');
  if (usage?.promptTokenCount === undefined)
    throw new UnusableAnswer('The answer of the model does not say what it has used.');
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
    throw new UnusableAnswer(`The model gave no answer (${finish}).`);
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
    // Signatures of thoughts travel in the parts and have to come back with them.
    replay: { role: 'model', parts: parts.filter(({ thought }) => !thought) },
  };
}
