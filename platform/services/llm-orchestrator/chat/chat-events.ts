import type { ChatResponse } from '../../../contracts/llm-orchestrator/chat.ts';
import type { PublishLiveEvent } from '../../../kit/events/publish-live-event.ts';
import { toProblem } from '../../../kit/http/problem-response.ts';
import type { MeteredReply } from '../budgets/metered-model.ts';
import { formatDollars } from '../budgets/money.ts';

/** Tells the connections of a user how one response comes about. */
export interface ChatEvents {
  text(piece: string): void;
  charged(model: string, reply: Pick<MeteredReply, 'tokens' | 'cost'>): void;
  /** @returns a function to call with the end of the tool */
  toolStarted(name: string): (success: boolean) => void;
  completed(response: ChatResponse): void;
  /** @param cancelled whether the caller has disconnected, or lost the right to the response */
  failed(error: unknown, cancelled: boolean): void;
}

/** Maximum length of the text of one event, characters. */
const maxPiece = 16_000;

/** The events of one response. Only the user of the conversation gets them. */
export function createChatEvents(
  publish: PublishLiveEvent,
  { userId, conversationId }: { userId: string; conversationId: string },
): ChatEvents {
  const about = { userId, subject: conversationId };
  let pieces = 0;
  let calls = 0;
  return {
    text(piece) {
      for (let start = 0; start < piece.length; start += maxPiece) {
        const text = piece.slice(start, start + maxPiece);
        publish('chat.delta.v1', { ...about, data: { index: pieces, text } });
        pieces += 1;
      }
    },
    charged(model, { tokens, cost }) {
      publish('cost.updated.v1', {
        ...about,
        data: {
          model,
          input_tokens: tokens.input,
          output_tokens: tokens.output,
          thinking_tokens: tokens.thinking,
          cost: formatDollars(cost.total),
        },
      });
    },
    toolStarted(name) {
      const call = calls;
      const startedMs = performance.now();
      calls += 1;
      publish('tool.started.v1', { ...about, data: { call, name } });
      return (success) => {
        const duration_ms = Math.round(performance.now() - startedMs);
        publish('tool.finished.v1', { ...about, data: { call, name, success, duration_ms } });
      };
    },
    completed({ tools_used, cut_short = false }) {
      publish('chat.completed.v1', { ...about, data: { pieces, tools_used, cut_short } });
    },
    failed(error, cancelled) {
      const { code, message } = toProblem(error);
      const data = cancelled
        ? { error: 'cancelled', message: 'The request was cancelled.' }
        : { error: code, message };
      publish('chat.failed.v1', { ...about, data });
    },
  };
}
