import type { McpServerFactory, Server } from '@modelcontextprotocol/server';
import { mcpServer } from '../../contracts/mcp-server/contract.ts';
import { platformVersion } from '../../kit/service/version.ts';
import type { ReportProgress } from './airtable.ts';
import type { CallResult } from './call-tool.ts';
import { describeTools } from './describe-tools.ts';
import { invalidParams, paramsProblem } from './request-params.ts';

export interface ProtocolCall {
  name: string;
  args: unknown;
  /** Aborts when the client cancels the request or disconnects. */
  signal: AbortSignal;
  /** Undefined when the client did not ask for progress. */
  report: ReportProgress | undefined;
}

/**
 * Rejects requests with invalid parameters in one sentence. The SDK calls them internal errors and shows its schema. In
 * revision 2026-07-28 `initialize` is an unknown method, whatever its parameters.
 */
function rejectInvalidParams(server: Server, hasInitialize: boolean): void {
  const connect = server.connect.bind(server);
  server.connect = async (transport) => {
    await connect(transport);
    const receive = transport.onmessage;
    transport.onmessage = (message, extra) => {
      if (!('method' in message) || !('id' in message)) return receive?.(message, extra);
      const { id, method, params } = message;
      const problem = method === 'initialize' && !hasInitialize ? undefined : paramsProblem(method, params);
      if (problem === undefined) return receive?.(message, extra);
      const error = { code: invalidParams, message: problem };
      // A client that has disconnected gets no response.
      transport.send({ jsonrpc: '2.0', id, error }, { relatedRequestId: id }).catch(() => undefined);
    };
  };
}

/**
 * Returns a function that creates a protocol server for any transport and any revision of the protocol. The SDK is
 * loaded at the first use, because it would double the start-up time of a process that may never need it.
 * @param call calls a tool with the permissions of the user whom the server is for
 */
export async function loadProtocol(
  call: (request: ProtocolCall) => Promise<CallResult>,
): Promise<McpServerFactory & ((context?: { era: 'legacy' | 'modern' }) => Server)> {
  const { ProtocolError, ProtocolErrorCode, Server } = await import('@modelcontextprotocol/server');
  return (context) => {
    const server = new Server(
      { name: 'pyairtable-mcp', title: mcpServer.title, version: platformVersion },
      { capabilities: { tools: {} } },
    );
    rejectInvalidParams(server, context?.era !== 'modern');
    server.setRequestHandler('tools/list', async () => ({
      tools: describeTools().map((tool) => ({
        ...tool,
        inputSchema: { ...tool.inputSchema, type: 'object' as const },
        outputSchema: { ...tool.outputSchema, type: 'object' as const },
      })),
    }));
    server.setRequestHandler('tools/call', async ({ params }, { mcpReq }) => {
      const token = mcpReq._meta?.progressToken;
      const called = await call({
        name: params.name,
        args: params.arguments,
        signal: mcpReq.signal,
        report:
          token === undefined
            ? undefined
            : (progress, message) =>
                mcpReq.notify({
                  method: 'notifications/progress',
                  params: { progressToken: token, progress, message },
                }),
      });
      if (called.kind === 'unknown-tool')
        throw new ProtocolError(ProtocolErrorCode.InvalidParams, called.message);
      if (called.kind !== 'done')
        return { isError: true, content: [{ type: 'text' as const, text: called.message }] };
      return {
        content: [{ type: 'text' as const, text: JSON.stringify(called.structured) }],
        structuredContent: called.structured,
      };
    });
    return server;
  };
}
