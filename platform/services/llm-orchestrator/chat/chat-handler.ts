import type { ChatResponse } from '../../../contracts/llm-orchestrator/chat.ts';
import type { llmOrchestrator } from '../../../contracts/llm-orchestrator/contract.ts';
import { tenantOf } from '../../../kit/auth/tenant-of.ts';
import type { Handler, HandlerRequest } from '../../../kit/http/handler.ts';
import { fieldProblem } from '../../../kit/http/problem.ts';
import { toProblem } from '../../../kit/http/problem-response.ts';
import type { Database } from '../../../kit/postgres/database.ts';
import { workspaceOfSession } from '../sessions/sessions.ts';
import type { createChat } from './chat.ts';
import { createEventStream } from './event-stream.ts';

type ChatRoute = (typeof llmOrchestrator)['routes']['chat'];

/**
 * The workspace of the conversation to continue, or the one in which a new one starts.
 * @throws ProblemError `not_found` when the caller may not read it; `validation_failed` when the message names another
 */
async function workspaceOf(
  database: Database,
  { body, caller, rights }: HandlerRequest<ChatRoute>,
): Promise<string> {
  const existing =
    body.session_id === undefined
      ? undefined
      : await workspaceOfSession(database, tenantOf(caller), body.session_id);
  if (existing === undefined) return rights.workspaceId;
  rights.require('read', existing);
  if (body.workspace_id !== undefined && body.workspace_id !== existing)
    throw fieldProblem(['body', 'workspace_id'], 'The conversation belongs to another workspace');
  return existing;
}

/**
 * Responds to a message with JSON, or with an event stream that ends with the same content. The response ends early
 * when the caller loses the right to read the workspace.
 */
export function chatHandler(
  chat: ReturnType<typeof createChat>,
  { database }: { database: Database },
): Handler<ChatRoute> {
  return async (request) => {
    const { body, caller, rights, reply, log, requestId } = request;
    const workspaceId = await workspaceOf(database, request);
    const lost = rights.signalWhile('read', workspaceId);
    const signal = AbortSignal.any([request.signal, lost]);
    const message = { who: tenantOf(caller), workspaceId, body, signal };
    const stream = body.stream ? createEventStream(reply) : undefined;
    try {
      const answer = await chat(stream ? { ...message, emit: stream.send } : message);
      if (stream === undefined) return answer;
      stream.send({ type: 'done', answer });
    } catch (error) {
      const failure = lost.aborted ? lost.reason : error;
      if (!stream?.started) throw failure;
      request.discardResponse();
      const { code, message: sentence } = toProblem(failure);
      log.warn({ err: failure, request_id: requestId }, 'a streamed response failed');
      stream.send({ type: 'error', error: code, message: sentence });
    }
    stream.end();
    // The kit detects that the response has been sent and ignores this value.
    return undefined as unknown as ChatResponse;
  };
}
