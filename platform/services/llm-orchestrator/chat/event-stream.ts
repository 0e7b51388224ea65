import type { FastifyReply } from 'fastify';
import { ChatEvent } from '../../../contracts/llm-orchestrator/chat.ts';

export interface EventStream {
  /** Whether the response has started. From then on problems can only be sent as events. */
  readonly started: boolean;
  send(event: ChatEvent): void;
  end(): void;
}

/** Interval of comments that keep proxies from closing an idle connection, milliseconds. */
const heartbeatMs = 10_000;

/** Responds with server-sent events. Nothing is sent before the first event. */
export function createEventStream(reply: FastifyReply): EventStream {
  const response = reply.raw;
  let heartbeat: NodeJS.Timeout | undefined;

  function start(): void {
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
    get started() {
      return heartbeat !== undefined;
    },
    // The size of one reply limits the buffer for a slow client.
    send(event) {
      if (response.destroyed) return;
      if (heartbeat === undefined) start();
      response.write(`data: ${JSON.stringify(ChatEvent.parse(event))}\n\n`);
    },
    end() {
      clearInterval(heartbeat);
      if (!response.destroyed) response.end();
    },
  };
}
