import type { ChatAnswer } from '../../../contracts/llm-orchestrator/chat.ts';
import type { llmOrchestrator } from '../../../contracts/llm-orchestrator/contract.ts';
import { tenantOf } from '../../../kit/auth/tenant-of.ts';
import type { Handler } from '../../../kit/http/handler.ts';
import { toProblem } from '../../../kit/http/problem-response.ts';
import type { createChat } from './chat.ts';
import { createEventStream } from './event-stream.ts';

type ChatRoute = (typeof llmOrchestrator)['routes']['chat'];

/** Answers a message at once, or as a stream of events that ends with the same answer. */
export function chatHandler(chat: ReturnType<typeof createChat>): Handler<ChatRoute> {
  return async ({ body, caller, signal, reply, log, requestId }) => {
    const message = { who: tenantOf(caller), body, signal };
    if (!body.stream) return chat(message);
    const stream = createEventStream(reply);
    try {
      const answer = await chat({ ...message, emit: stream.send });
      stream.send({ type: 'done', answer });
    } catch (error) {
      if (!stream.begun) throw error;
      const { code, message: sentence } = toProblem(error);
      log.warn({ err: error, request_id: requestId }, 'a streamed answer broke off');
      stream.send({ type: 'error', error: code, message: sentence });
    }
    stream.end();
    // The kit sees that the answer has been sent and looks at nothing else.
    return undefined as unknown as ChatAnswer;
  };
}
