import { mcpServer } from '../../contracts/mcp-server/contract.ts';
import { platformVersion } from '../../kit/service/version.ts';
import type { CallResult } from './call-tool.ts';
import { describeTools } from './describe-tools.ts';
import { CallParams, invalidParams } from './request-params.ts';

/** Protocol version of the plain endpoint. */
const protocolVersion = '2025-06-18';

const methodNotFound = -32_601;
const internalError = -32_603;

type Id = string | number | null;
interface RpcResponse {
  jsonrpc: '2.0';
  id: Id;
  result?: unknown;
  error?: { code: number; message: string };
}

/**
 * Handles one JSON-RPC 2.0 request, without a protocol session. The older method names work too.
 * @returns undefined for a notification, a message without `id`: it has no response, and no tool runs without one
 */
export async function handleRpc(
  request: { id?: Id | undefined; method: string; params?: unknown },
  call: (name: string, args: unknown) => Promise<CallResult>,
): Promise<RpcResponse | undefined> {
  if (request.id === undefined) return undefined;
  const { id } = request;
  const succeed = (result: unknown): RpcResponse => ({ jsonrpc: '2.0', id, result });
  const fail = (code: number, message: string): RpcResponse => ({
    jsonrpc: '2.0',
    id,
    error: { code, message },
  });
  switch (request.method) {
    case 'initialize':
      return succeed({
        protocolVersion,
        capabilities: { tools: {} },
        serverInfo: { name: 'pyairtable-mcp', title: mcpServer.title, version: platformVersion },
      });
    case 'ping':
      return succeed({});
    case 'tools/list':
    case 'list_tools':
      return succeed({ tools: describeTools() });
    case 'tools/call':
    case 'call_tool': {
      const params = CallParams.safeParse(request.params ?? {});
      if (!params.success) {
        const issue = params.error.issues[0];
        return fail(invalidParams, `${['params', ...(issue?.path ?? [])].join('.')}: ${issue?.message}`);
      }
      const called = await call(params.data.name, params.data.arguments ?? {});
      if (called.kind === 'done') {
        return succeed({
          content: [{ type: 'text', text: JSON.stringify(called.structured) }],
          structuredContent: called.structured,
        });
      }
      return fail(called.kind === 'failed' ? internalError : invalidParams, called.message);
    }
    default:
      return fail(methodNotFound, `There is no method "${request.method}".`);
  }
}
