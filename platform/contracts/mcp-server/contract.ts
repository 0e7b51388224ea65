import { z } from 'zod';
import { Problem } from '../problem.ts';
import { resourceMetadataRoute } from '../protected-resource.ts';
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

const JsonRpcId = z.union([z.string(), z.number(), z.null()]);

/** A request, a notification (without `id`) or a response (without `method`). */
const JsonRpcMessage = z
  .looseObject({
    jsonrpc: z.literal('2.0'),
    id: JsonRpcId.optional(),
    method: z.string().min(1).max(200).optional(),
  })
  .refine(
    ({ method, result, error }) => method !== undefined || result !== undefined || error !== undefined,
    'must have a method, a result or an error',
  );
export type JsonRpcMessage = z.infer<typeof JsonRpcMessage>;

/** One message or a batch of 1 to 50. Ids are unique in a batch: a client finds its responses by them. */
export const JsonRpcBody = z.union([
  JsonRpcMessage,
  z
    .array(JsonRpcMessage)
    .min(1)
    .max(50)
    .refine((messages) => {
      const ids = messages.flatMap(({ id, method }) =>
        id == null || method === undefined ? [] : [JSON.stringify(id)],
      );
      return new Set(ids).size === ids.length;
    }, 'must not have two requests of the same id'),
]);

/** Accepts any JSON: the handler rejects what is no `JsonRpcBody` with an error of JSON-RPC, as its clients expect. */
const anyJsonDescribedAsRpc = z
  .unknown()
  .refine((body) => body !== undefined, 'Field required')
  .meta({
    override: ({ jsonSchema }) => {
      const { $schema, ...described } = z.toJSONSchema(JsonRpcBody, { io: 'input' });
      Object.assign(jsonSchema, described);
    },
  });

const JsonRpcResponse = z
  .object({
    jsonrpc: z.literal('2.0'),
    id: JsonRpcId,
    result: z.unknown().optional(),
    error: z.object({ code: z.int(), message: z.string(), data: z.unknown().optional() }).optional(),
  })
  // Alone and in a list, it must be one type for generators: openapi-python-client drops a second one of the same name.
  .meta({ id: 'JsonRpcResponse' });

export const mcpServer = service({
  name: 'mcp-server',
  title: 'Airtable tools for language models (Model Context Protocol)',
  port: 8001,
  // The gateway has metadata of its own.
  mounts: [
    { public: '/api/mcp', internal: '/mcp' },
    { public: '/api/mcp/tools', internal: '/tools' },
    { public: '/api/mcp/rpc', internal: '/rpc' },
  ],
  routes: {
    serverMetadata: resourceMetadataRoute(''),
    protocolMetadata: resourceMetadataRoute('/mcp'),
    streamPost: route({
      method: 'POST',
      path: '/mcp',
      summary: 'Streamable HTTP transport: messages from the client',
      description: `Protocol revisions 2024-11-05 to 2026-07-28. Returns JSON; an event stream when the client asks for progress or accepts
nothing else. A message without a response gets 202 without a body. Tools run with the caller’s rights.

Revisions before 2026-07-28 may send batches of up to 50 messages; the response to a batch is a list. An empty or longer
batch, a repeated id, an \`initialize\` beside other messages and a message that is none of JSON-RPC get 400 with -32600, and
nothing of the batch runs. Invalid parameters are -32602 for their request alone.

\`notifications/cancelled\` ends a running call of the same sign-in and \`Mcp-Session-Id\`, in the process that serves it.
Without that header, the sign-in alone tells clients apart; an id that two running calls share ends neither. Closing the
connection of a call ends it in every revision. A call of a tool for which a personal access token lacks a scope gets 403
with the scopes in \`WWW-Authenticate\`; in a batch, the tool fails instead. There are no streams from the server and no stored sessions: GET and
DELETE get 405 with \`Allow: POST\`. An \`Origin\` that \`MCP_ALLOWED_ORIGINS\` does not list gets 403.`,
      access: 'user',
      needs: 'self',
      idempotency: 'forward',
      scope: 'any',
      hasResourceMetadata: true,
      body: anyJsonDescribedAsRpc,
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
      needs: 'self',
      scope: 'any',
      success: { status: 200, description: 'All tools', schema: z.object({ tools: z.array(Tool) }) },
      problems: ['forbidden'],
    }),
    callTool: route({
      method: 'POST',
      path: '/tools/call',
      summary: 'Call a tool with the caller’s rights',
      description: 'Invalid arguments, unknown tools and failures return success false.',
      access: 'user',
      needs: 'self',
      idempotency: 'forward',
      scope: 'any',
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
      description: `Unknown methods return -32601, invalid parameters -32602, failures -32603, all with HTTP 200. A notification (no id) gets
202 without a body and runs nothing. Batches have up to 50 messages; their requests run one after another, and the response
is a list. An empty or longer batch, a repeated id and a message that is no request get 400 with -32600, and nothing of the
batch runs.`,
      access: 'user',
      needs: 'self',
      idempotency: 'forward',
      scope: 'any',
      body: anyJsonDescribedAsRpc,
      bodyExample: { jsonrpc: '2.0', id: 1, method: 'tools/list' },
      success: {
        status: 200,
        description: 'The JSON-RPC response, or a list of them for a batch',
        schema: z.union([JsonRpcResponse, z.array(JsonRpcResponse)]),
      },
      otherResponses: {
        202: { description: 'Only notifications, which have no response' },
        400: {
          description: 'Not JSON, or no request of JSON-RPC',
          schema: z.union([JsonRpcResponse, Problem]),
        },
      },
      timeoutMs: 120_000,
    }),
  },
});
