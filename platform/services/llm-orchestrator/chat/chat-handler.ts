import type { ChatResponse } from '../../../contracts/llm-orchestrator/chat.ts';
import type { llmOrchestrator } from '../../../contracts/llm-orchestrator/contract.ts';
import { tenantOf } from '../../../kit/auth/tenant-of.ts';
import type { Handler } from '../../../kit/http/handler.ts';
import { toProblem } from '../../../kit/http/problem-response.ts';
import type { createChat } from './chat.ts';
import { createEventStream } from './event-stream.ts';

type ChatRoute = (typeof llmOrchestrator)['routes']['chat'];

/** Responds to a message with JSON, or with an event stream that ends with the same content. */
export function chatHandler(chat: ReturnType<typeof createChat>): Handler<ChatRoute> {
  return async (request) => {
    const { body, caller, signal, reply, log, requestId } = request;
    const message = { who: tenantOf(caller), body, signal };
    if (!body.stream) return chat(message);
    const stream = createEventStream(reply);
    try {
      stream.send({ type: 'done', answer: await chat({ ...message, emit: stream.send }) });
    } catch (error) {
      if (!stream.started) throw error;
      request.discardResponse();
      const { code, message: sentence } = toProblem(error);
      log.warn({ err: error, request_id: requestId }, 'a streamed response failed');
      stream.send({ type: 'error', error: code, message: sentence });
    }
    stream.end();
    // The kit detects that the response has been sent and ignores this value.
    return undefined as unknown as ChatResponse;
  };
}
