import type { z } from 'zod';
import type { ScriptedReply } from './model-script.ts';

type Reply = z.output<typeof ScriptedReply>;

/** A part of a request's or a response's content, as far as the server reads it. */
export interface Part {
  text?: string;
  functionCall?: { name: string; args?: unknown };
  functionResponse?: { name: string; response: unknown };
}

export interface Content {
  role?: string;
  parts: readonly Part[];
}

/** The text of the latest message of the user, and how often the model has replied to it. */
export function readMessage(contents: readonly Content[]): { message: string; replies: number } {
  const textOf = ({ parts }: Content) => parts.map(({ text }) => text ?? '').join('');
  const last = contents.findLastIndex((content) => content.role === 'user' && textOf(content) !== '');
  return {
    message: last < 0 ? '' : textOf(contents[last] as Content),
    replies: contents.slice(last + 1).filter(({ role }) => role === 'model').length,
  };
}

/** The bodies of one reply: one for a whole response, one per piece of text and one for the calls for a stream. */
export function replyBodies(
  reply: Reply,
  { model, inputTokens, streamed }: { model: string; inputTokens: number; streamed: boolean },
): readonly object[] {
  const pieces = [reply.text ?? []].flat();
  const parts: object[] = [
    ...(reply.thinking === undefined ? [] : [{ text: reply.thinking, thought: true }]),
    ...pieces.map((text) => ({ text })),
    ...(reply.calls ?? []).map(({ name, args }, index) => ({
      functionCall: { id: `call-${index}`, name, args },
      thoughtSignature: 'c2lnbmF0dXJl',
    })),
  ];
  const output = reply.usage?.output ?? Math.ceil(pieces.join('').length / 4);
  const thinking = reply.usage?.thinking ?? 0;
  const input = reply.usage?.input ?? inputTokens;
  const groups = streamed && parts.length > 1 ? parts.map((part) => [part]) : [parts];
  return groups.map((group, index) => {
    const isLast = index === groups.length - 1;
    // In a stream the counts grow; the last event has the total.
    const share = (tokens: number) => (isLast ? tokens : Math.floor((tokens * (index + 1)) / groups.length));
    return {
      candidates: [
        {
          content: { role: 'model', parts: group },
          ...(isLast ? { finishReason: reply.finish ?? 'STOP' } : {}),
          index: 0,
        },
      ],
      usageMetadata: {
        promptTokenCount: input,
        candidatesTokenCount: share(output),
        ...(thinking > 0 ? { thoughtsTokenCount: share(thinking) } : {}),
        totalTokenCount: input + share(output) + share(thinking),
      },
      modelVersion: model,
      responseId: 'reply',
    };
  });
}

const statusNames: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  404: 'NOT_FOUND',
  429: 'RESOURCE_EXHAUSTED',
  500: 'INTERNAL',
  503: 'UNAVAILABLE',
};

/** The body of an error (https://google.aip.dev/193). */
export const errorBody = (
  code: number,
  { message, reason, retryDelay }: { message: string; reason?: string; retryDelay?: string | undefined },
): object => ({
  error: {
    code,
    message,
    status: statusNames[code] ?? 'UNKNOWN',
    details: [
      ...(reason === undefined ? [] : [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason }]),
      ...(retryDelay === undefined
        ? []
        : [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay }]),
    ],
  },
});
