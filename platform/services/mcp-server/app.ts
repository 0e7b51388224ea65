import type { FastifyInstance } from 'fastify';
import { mcpServer } from '../../contracts/mcp-server/contract.ts';
import type { Authenticate } from '../../kit/auth/access.ts';
import type { HandlerRequest } from '../../kit/http/handler.ts';
import { problem } from '../../kit/http/problem.ts';
import type { Log } from '../../kit/observe/log.ts';
import { buildService } from '../../kit/service/build-service.ts';
import type { Dependency } from '../../kit/service/dependency.ts';
import type { Airtable } from './airtable.ts';
import { type CallResult, callTool, toToolResult } from './call-tool.ts';
import type { Config } from './config.ts';
import { describeTools } from './describe-tools.ts';
import { handleRpc } from './json-rpc.ts';
import { createProtocolServer } from './protocol.ts';

export interface McpServerDeps {
  config: Pick<Config, 'INTERNAL_API_KEY'>;
  log: Log;
  dependencies: readonly Dependency[];
  authenticate: Authenticate;
  airtable: Airtable;
}

/**
 * Builds the MCP server: the tools over plain routes, over JSON-RPC, and over the Model Context Protocol's Streamable
 * HTTP. The protocol endpoint has no sessions: any process can serve any request.
 */
export function buildApp({ airtable, ...service }: McpServerDeps): FastifyInstance {
  const call = (name: string, args: unknown, signal: AbortSignal): Promise<CallResult> =>
    callTool({ name, arguments: args }, { airtable, signal, log: service.log });

  async function serveProtocol(request: HandlerRequest<typeof mcpServer.routes.streamPost>): Promise<void> {
    const { StreamableHTTPServerTransport } = await import(
      '@modelcontextprotocol/sdk/server/streamableHttp.js'
    );
    const server = await createProtocolServer((name, args, signal) =>
      call(name, args, AbortSignal.any([signal, request.signal])),
    );
    const transport = new StreamableHTTPServerTransport({ enableJsonResponse: true });
    const response = request.reply.raw;
    response.once('close', () => void server.close());
    // The SDK's declarations are not made for exactOptionalPropertyTypes.
    await server.connect(transport as Parameters<typeof server.connect>[0]);
    for (const [name, value] of Object.entries(request.reply.getHeaders())) {
      if (value !== undefined) response.setHeader(name, value as string);
    }
    request.reply.hijack();
    await transport.handleRequest(request.raw.raw, response, request.body);
  }

  return buildService(mcpServer, {
    ...service,
    handlers: {
      tools: async () => ({ tools: describeTools() }),
      callTool: async ({ body, signal }) => toToolResult(await call(body.name, body.arguments, signal)),
      rpc: ({ body, signal }) => handleRpc(body, (name, args) => call(name, args, signal)),
      streamPost: (request) => serveProtocol(request),
      streamGet: async () => {
        throw problem('method_not_allowed', { message: 'This server sends no messages of its own.' });
      },
      streamDelete: async () => {
        throw problem('method_not_allowed', { message: 'This server has no sessions.' });
      },
    },
  });
}
