import { z } from 'zod';
import { mcpServer } from '../../contracts/mcp-server/contract.ts';
import { platformVersion } from '../../kit/service/version.ts';
import type { CallOutcome } from './call-tool.ts';
import { describeTools } from './describe-tools.ts';

/** Version of the protocol that the plain endpoint follows. */
const protocolVersion = '2025-06-18';

const methodNotFound = -32_601;
const invalidParams = -32_602;
const internalError = -32_603;

type Id = string | number | null;
interface RpcAnswer {
  jsonrpc: '2.0';
  id: Id;
  result?: unknown;
  error?: { code: number; message: string };
}

const CallParams = z.object({ name: z.string(), arguments: z.record(z.string(), z.unknown()).optional() });

/** One JSON-RPC 2.0 request, answered without a protocol session. The older method names work too. */
export async function answerRpc(
  request: { id?: Id | undefined; method: string; params?: Record<string, unknown> | undefined },
  call: (name: string, args: unknown) => Promise<CallOutcome>,
): Promise<RpcAnswer> {
  const id = request.id ?? null;
  const succeed = (result: unknown): RpcAnswer => ({ jsonrpc: '2.0', id, result });
  const refuse = (code: number, message: string): RpcAnswer => ({
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
        return refuse(invalidParams, `params.${issue?.path.join('.')}: ${issue?.message}`);
      }
      const outcome = await call(params.data.name, params.data.arguments ?? {});
      if (outcome.kind === 'done') {
        return succeed({
          content: [{ type: 'text', text: JSON.stringify(outcome.structured) }],
          structuredContent: outcome.structured,
        });
      }
      return refuse(outcome.kind === 'failed' ? internalError : invalidParams, outcome.message);
    }
    default:
      return refuse(methodNotFound, `There is no method "${request.method}".`);
  }
}
