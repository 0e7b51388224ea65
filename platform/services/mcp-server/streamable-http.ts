import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { z } from 'zod';
import type { mcpServer } from '../../contracts/mcp-server/contract.ts';
import { type PublicOrigin, withResourceMetadata } from '../../kit/auth/protected-resource.ts';
import type { HandlerRequest } from '../../kit/http/handler.ts';
import { acceptedFraming } from './accepted-framing.ts';
import type { CallResult } from './call-tool.ts';
import { missingScope } from './missing-scope.ts';
import { loadProtocol, type ProtocolCall } from './protocol.ts';
import { type RejectedBody, readRpcBody, rejectBody } from './read-rpc-body.ts';
import { createRunningCalls } from './running-calls.ts';

type PostRequest = HandlerRequest<typeof mcpServer.routes.streamPost>;

const Cancellation = z.object({
  method: z.literal('notifications/cancelled'),
  params: z.object({ requestId: z.union([z.string(), z.number()]) }),
});
const Call = z.object({ id: z.union([z.string(), z.number()]), method: z.literal('tools/call') });
const WithProgress = z.object({
  params: z.object({ _meta: z.object({ progressToken: z.union([z.string(), z.number()]) }) }),
});

/**
 * Serves the protocol's Streamable HTTP, in revision 2026-07-28 and the earlier ones with `initialize`. No state
 * outlives a request, so any process can serve any request. The session id of the earlier revisions only tells the
 * clients of a sign-in apart: a cancellation names a request of one client. It ends requests of this process only, and
 * the cancelled request ends with an error of its tool, because every HTTP request needs a response.
 */
export function createStreamableHttp(
  call: (request: ProtocolCall) => Promise<CallResult>,
  originOf: PublicOrigin,
) {
  const running = createRunningCalls();

  return async function serve(request: PostRequest): Promise<Readable | Buffer | undefined> {
    const { caller, reply, raw } = request;
    const read = readRpcBody(request.body);
    if ('rejected' in read) return rejectRequest(reply, read.rejected);
    const { messages, isBatch } = read;
    if (isBatch && messages.length > 1 && messages.some(({ method }) => method === 'initialize'))
      return rejectRequest(reply, rejectBody('initialize must be the only message of its request.'));
    if (!isBatch) {
      const missing = missingScope(messages[0], caller);
      if (missing) throw withResourceMetadata(missing, originOf(raw.raw), raw.routeOptions.url ?? '');
    }
    const client = {
      userId: caller.user_id,
      signInId: caller.session_id,
      sessionId: headerOf(raw.headers['mcp-session-id']),
    };
    const framing = acceptedFraming(raw.headers.accept);
    const headers = new Headers({ 'content-type': 'application/json' });
    for (const [name, value] of Object.entries(raw.headers)) {
      if (typeof value === 'string') headers.set(name, value);
    }
    headers.delete('content-length');
    // The SDK looks for both types and does not know wildcards.
    if (framing.json || framing.stream) headers.set('accept', 'application/json, text/event-stream');

    const calls = messages.flatMap((message) => {
      const parsed = Call.safeParse(message);
      return parsed.success ? [running.start({ ...client, requestId: parsed.data.id })] : [];
    });
    const cancelled = calls.map(({ signal }) => signal);
    for (const message of messages) {
      const cancellation = Cancellation.safeParse(message);
      if (cancellation.success) running.cancel({ ...client, requestId: cancellation.data.params.requestId });
    }
    const streaming =
      framing.stream &&
      (!framing.json || messages.some((message) => WithProgress.safeParse(message).success));

    const sdk = await import('@modelcontextprotocol/server');
    const createServer = await loadProtocol((one) =>
      call({ ...one, signal: AbortSignal.any([one.signal, request.signal, ...cancelled]) }),
    );
    const exchange = new Request(new URL(raw.url, 'http://mcp-server'), {
      method: 'POST',
      headers,
      signal: request.signal,
    });
    // The SDK would drop a call that is cancelled in its own batch, and its response would never come.
    const parsedBody = isBatch
      ? messages.filter((message) => calls.length === 0 || !Cancellation.safeParse(message).success)
      : messages[0];
    let response: Response;
    let close: () => Promise<void>;
    if (await sdk.isLegacyRequest(exchange, parsedBody)) {
      const server = createServer();
      const transport = new sdk.WebStandardStreamableHTTPServerTransport({ enableJsonResponse: !streaming });
      close = () => server.close();
      await server.connect(transport);
      response = await transport.handleRequest(exchange, { parsedBody });
    } else {
      const handler = sdk.createMcpHandler(createServer, {
        legacy: 'reject',
        responseMode: framing.stream ? (framing.json ? 'auto' : 'sse') : 'json',
      });
      close = () => handler.close();
      response = await handler.fetch(exchange, { parsedBody });
    }
    reply.raw.once('close', () => {
      for (const { done } of calls) done();
      void close();
    });
    for (const [name, value] of response.headers) reply.header(name, value);
    const isInitialize = messages.some((message) => message.method === 'initialize');
    if (isInitialize && response.ok) reply.header('mcp-session-id', randomUUID());
    reply.code(response.status);
    if (response.body === null) return undefined;
    if (response.headers.get('content-type')?.startsWith('text/event-stream'))
      return Readable.fromWeb(response.body as ReadableStream);
    const json = Buffer.from(await response.arrayBuffer());
    // The SDK sends the only response of a batch without the list around it (JSON-RPC 2.0, section 6).
    return isBatch && response.ok && json[0] !== openingBracket ? Buffer.from(`[${json}]`) : json;
  };
}

const openingBracket = '['.charCodeAt(0);

function rejectRequest(reply: PostRequest['reply'], rejected: RejectedBody): Buffer {
  reply.code(400).type('application/json');
  return Buffer.from(JSON.stringify(rejected));
}

function headerOf(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' && value.length <= 100 ? value : undefined;
}
