import type { Server } from '@modelcontextprotocol/sdk/server/index.js';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { mcpServer } from '../../contracts/mcp-server/contract.ts';
import { platformVersion } from '../../kit/service/version.ts';
import type { CallResult } from './call-tool.ts';
import { describeTools } from './describe-tools.ts';

/**
 * Creates a protocol server for any transport. The SDK is loaded at the first use, because it would double the
 * start-up time of a process that may never need it.
 * @param call calls a tool with the permissions of the user whom the server is for
 */
export async function createProtocolServer(
  call: (name: string, args: unknown, signal: AbortSignal) => Promise<CallResult>,
): Promise<Server> {
  const [{ Server }, { CallToolRequestSchema, ErrorCode, ListToolsRequestSchema, McpError }] =
    await Promise.all([
      import('@modelcontextprotocol/sdk/server/index.js'),
      import('@modelcontextprotocol/sdk/types.js'),
    ]);
  const server = new Server(
    { name: 'pyairtable-mcp', title: mcpServer.title, version: platformVersion },
    { capabilities: { tools: {} } },
  );
  server.setRequestHandler(ListToolsRequestSchema, async () => ({
    tools: describeTools().map((tool) => ({
      ...tool,
      inputSchema: { ...tool.inputSchema, type: 'object' as const },
      outputSchema: { ...tool.outputSchema, type: 'object' as const },
    })),
  }));
  server.setRequestHandler(CallToolRequestSchema, async ({ params }, { signal }): Promise<CallToolResult> => {
    const called = await call(params.name, params.arguments, signal);
    if (called.kind === 'unknown-tool') throw new McpError(ErrorCode.InvalidParams, called.message);
    if (called.kind !== 'done') return { isError: true, content: [{ type: 'text', text: called.message }] };
    return {
      content: [{ type: 'text', text: JSON.stringify(called.structured) }],
      structuredContent: called.structured,
    };
  });
  return server;
}
