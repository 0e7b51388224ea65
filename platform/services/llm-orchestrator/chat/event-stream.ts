import type { FastifyReply } from 'fastify';
import { ChatEvent } from '../../../contracts/llm-orchestrator/chat.ts';

export interface EventStream {
  /** Whether the answer has begun: from then on problems can only be told as events. */
  readonly begun: boolean;
  send(event: ChatEvent): void;
  end(): void;
}

/** Silence that proxies bear is limited; a comment is sent this often, milliseconds. */
const heartbeatMs = 10_000;

/** Server-sent events as the answer to a request. Nothing is sent before the first event. */
export function createEventStream(reply: FastifyReply): EventStream {
  const response = reply.raw;
  let heartbeat: NodeJS.Timeout | undefined;

  function begin(): void {
    const headers = Object.fromEntries(
      Object.entries(reply.getHeaders()).filter((entry): entry is [string, string] => entry[1] !== undefined),
    );
    reply.hijack();
    response.writeHead(200, {
      ...headers,
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    heartbeat = setInterval(() => response.write(': still here\n\n'), heartbeatMs).unref();
    response.once('close', () => clearInterval(heartbeat));
  }

  return {
    get begun() {
      return heartbeat !== undefined;
    },
    // What a slow client leaves unread is bounded by the size of one answer.
    send(event) {
      if (response.destroyed) return;
      if (heartbeat === undefined) begin();
      response.write(`data: ${JSON.stringify(ChatEvent.parse(event))}\n\n`);
    },
    end() {
      clearInterval(heartbeat);
      if (!response.destroyed) response.end();
    },
  };
}
