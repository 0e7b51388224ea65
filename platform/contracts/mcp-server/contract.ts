import { z } from 'zod';
import { Problem } from '../problem.ts';
import { route } from '../route.ts';
import { service } from '../service.ts';

/** Names of the tools. `GET /tools` returns their input and output schemas. */
export const toolNames = [
  'list_bases',
  'list_tables',
  'get_records',
  'create_record',
  'update_record',
  'delete_record',
  'search_records',
  'create_metadata_table',
  'batch_create_records',
  'batch_update_records',
  'upsert_records',
  'batch_delete_records',
  'get_field_info',
  'analyze_table_data',
  'find_duplicates',
  'export_table_csv',
  'sync_tables',
] as const;
export type ToolName = (typeof toolNames)[number];

const JsonSchema = z.record(z.string(), z.unknown());

export const Tool = z.object({
  name: z.enum(toolNames),
  title: z.string().optional(),
  description: z.string(),
  inputSchema: JsonSchema,
  outputSchema: JsonSchema.optional(),
});
export type Tool = z.infer<typeof Tool>;

export const ToolCall = z.object({
  name: z.string().min(1).max(100),
  arguments: z.record(z.string(), z.unknown()).default({}),
});
export type ToolCall = z.infer<typeof ToolCall>;

/** `success` is false if the tool failed or does not exist; `error` is then the reason. */
export const ToolResult = z.object({
  success: z.boolean(),
  result: z.array(z.object({ type: z.literal('text'), text: z.string() })),
  structured: z
    .record(z.string(), z.unknown())
    .optional()
    .describe('The result as data that matches outputSchema'),
  error: z.string().optional(),
});
export type ToolResult = z.infer<typeof ToolResult>;

const JsonRpcRequest = z.looseObject({
  jsonrpc: z.literal('2.0'),
  id: z.union([z.string(), z.number(), z.null()]).optional(),
  method: z.string().max(200).optional(),
});

const JsonRpcResponse = z.object({
  jsonrpc: z.literal('2.0'),
  id: z.union([z.string(), z.number(), z.null()]),
  result: z.unknown().optional(),
  error: z.object({ code: z.int(), message: z.string(), data: z.unknown().optional() }).optional(),
});

export const mcpServer = service({
  name: 'mcp-server',
  title: 'Airtable tools for language models (Model Context Protocol)',
  port: 8001,
  // The first mount offers the protocol endpoint as `/api/mcp`, the second the plain routes below it.
  mounts: [
    { public: '/api/mcp', internal: '/mcp' },
    { public: '/api/mcp', internal: '' },
  ],
  routes: {
    streamPost: route({
      method: 'POST',
      path: '/mcp',
      summary: 'Streamable HTTP transport: messages from the client',
      description: `Protocol revisions 2024-11-05 to 2026-07-28. Returns JSON; an event stream when the client asks for progress or accepts
nothing else. A message without a response gets 202 without a body. Tools run with the caller’s rights.

\`notifications/cancelled\` ends a running call of the same user and \`Mcp-Session-Id\`, in the process that serves it. There
are no streams from the server and no stored sessions: GET and DELETE get 405 with \`Allow: POST\`. An \`Origin\` that
\`MCP_ALLOWED_ORIGINS\` does not list gets 403.`,
      access: 'user',
      body: z.union([JsonRpcRequest, z.array(JsonRpcRequest).min(1).max(50)]),
      bodyExample: { jsonrpc: '2.0', id: 1, method: 'tools/list' },
      success: { status: 200, description: 'The response, in the framing of the transport' },
      problems: ['forbidden'],
      otherResponses: {
        202: { description: 'Only notifications or responses, which have no response' },
        400: {
          description: 'Not JSON, or not a message of the protocol',
          schema: z.union([JsonRpcResponse, Problem]),
        },
        406: { description: '`Accept` excludes JSON or event streams', schema: JsonRpcResponse },
      },
      timeoutMs: 120_000,
    }),
    tools: route({
      method: 'GET',
      path: '/tools',
      summary: 'List the tools with their schemas',
      access: 'user',
      success: { status: 200, description: 'All tools', schema: z.object({ tools: z.array(Tool) }) },
      problems: ['forbidden'],
    }),
    callTool: route({
      method: 'POST',
      path: '/tools/call',
      summary: 'Call a tool with the caller’s rights',
      description: 'Invalid arguments, unknown tools and failures return success false.',
      access: 'user',
      body: ToolCall,
      bodyExample: { name: 'list_tables', arguments: { base_id: 'appA1b2C3d4E5f6G7' } },
      success: { status: 200, description: 'The result, or the error', schema: ToolResult },
      problems: ['forbidden'],
      timeoutMs: 120_000,
    }),
    rpc: route({
      method: 'POST',
      path: '/rpc',
      summary: 'JSON-RPC 2.0: initialize, ping, tools/list, tools/call (also list_tools, call_tool)',
      description:
        'Unknown methods return -32601, invalid parameters -32602, failures -32603, all with HTTP 200. A notification (no id) gets 202 without a body and runs nothing.',
      access: 'user',
      body: z.looseObject({
        jsonrpc: z.literal('2.0'),
        id: z.union([z.string(), z.number(), z.null()]).optional(),
        method: z.string().min(1).max(200),
        params: z.unknown().optional(),
      }),
      bodyExample: { jsonrpc: '2.0', id: 1, method: 'tools/list' },
      success: { status: 200, description: 'JSON-RPC response', schema: JsonRpcResponse },
      problems: ['forbidden'],
      otherResponses: { 202: { description: 'A notification, which has no response' } },
      timeoutMs: 120_000,
    }),
  },
});
