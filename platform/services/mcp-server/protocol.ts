import type { Server } from '@modelcontextprotocol/sdk/server/index.js';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { mcpServer } from '../../contracts/mcp-server/contract.ts';
import { platformVersion } from '../../kit/service/version.ts';
import type { CallOutcome } from './call-tool.ts';
import { describeTools } from './describe-tools.ts';

/**
 * A protocol server over any transport. The SDK is loaded at the first use: it would double the start-up time
 * of a process that may never be asked.
 * @param call calls a tool with the rights of the user this server is for
 */
export async function createProtocolServer(
  call: (name: string, args: unknown, signal: AbortSignal) => Promise<CallOutcome>,
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
    const outcome = await call(params.name, params.arguments, signal);
    if (outcome.kind === 'unknown-tool') throw new McpError(ErrorCode.InvalidParams, outcome.message);
    if (outcome.kind !== 'done') return { isError: true, content: [{ type: 'text', text: outcome.message }] };
    return {
      content: [{ type: 'text', text: JSON.stringify(outcome.structured) }],
      structuredContent: outcome.structured,
    };
  });
  return server;
}
