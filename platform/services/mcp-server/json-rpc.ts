import { mcpServer } from '../../contracts/mcp-server/contract.ts';
import { platformVersion } from '../../kit/service/version.ts';
import type { CallResult } from './call-tool.ts';
import { describeTools } from './describe-tools.ts';
import { type RejectedBody, readRpcBody, rejectBody } from './read-rpc-body.ts';
import { CallParams, invalidParams, paramsProblem } from './request-params.ts';

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

type Call = (name: string, args: unknown) => Promise<CallResult>;

/**
 * Handles a JSON-RPC 2.0 request or a batch of them, one after another.
 * @returns status 202 without a body when there is nothing to respond to, 400 for a body of another kind
 */
export async function handleRpcBody(
  body: unknown,
  call: Call,
): Promise<
  { status: 200; body: RpcResponse | RpcResponse[] } | { status: 202 } | { status: 400; body: RejectedBody }
> {
  const read = readRpcBody(body);
  if ('rejected' in read) return { status: 400, body: read.rejected };
  const requests = read.messages.flatMap(({ id, method, params }) =>
    method === undefined ? [] : [{ id, method, params }],
  );
  if (requests.length < read.messages.length)
    return { status: 400, body: rejectBody('Every message must have a method.') };
  const responses: RpcResponse[] = [];
  for (const request of requests) {
    const response = await handleRpc(request, call);
    if (response !== undefined) responses.push(response);
  }
  const [first] = responses;
  if (first === undefined) return { status: 202 };
  return { status: 200, body: read.isBatch ? responses : first };
}

/**
 * Handles one JSON-RPC 2.0 request, without a protocol session. The older method names work too.
 * @returns undefined for a notification, a message without `id`: it has no response, and no tool runs without one
 */
async function handleRpc(
  request: { id?: Id | undefined; method: string; params?: unknown },
  call: Call,
): Promise<RpcResponse | undefined> {
  if (request.id === undefined) return undefined;
  const { id } = request;
  const succeed = (result: unknown): RpcResponse => ({ jsonrpc: '2.0', id, result });
  const fail = (code: number, message: string): RpcResponse => ({
    jsonrpc: '2.0',
    id,
    error: { code, message },
  });
  const older = { list_tools: 'tools/list', call_tool: 'tools/call' }[request.method];
  const method = older ?? request.method;
  // There is no session to agree on, so `initialize` needs no parameters here.
  const problem = method === 'initialize' ? undefined : paramsProblem(method, request.params);
  if (problem !== undefined) return fail(invalidParams, problem);
  switch (method) {
    case 'initialize':
      return succeed({
        protocolVersion,
        capabilities: { tools: {} },
        serverInfo: { name: 'pyairtable-mcp', title: mcpServer.title, version: platformVersion },
      });
    case 'ping':
      return succeed({});
    case 'tools/list':
      return succeed({ tools: describeTools() });
    case 'tools/call': {
      const params = CallParams.parse(request.params);
      const called = await call(params.name, params.arguments ?? {});
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
