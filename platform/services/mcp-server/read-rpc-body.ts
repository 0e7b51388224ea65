import { JsonRpcBody, type JsonRpcMessage } from '../../contracts/mcp-server/contract.ts';
import { invalidRequest } from './request-params.ts';

/** The response to a body that is no message of JSON-RPC and no batch of them. */
export interface RejectedBody {
  jsonrpc: '2.0';
  id: null;
  error: { code: typeof invalidRequest; message: string };
}

export function rejectBody(message: string): RejectedBody {
  return { jsonrpc: '2.0', id: null, error: { code: invalidRequest, message } };
}

/**
 * The messages of a body, in order. One wrong message rejects the whole batch before any of it runs: a client cannot
 * tell which part of a broken batch was meant.
 */
export function readRpcBody(
  body: unknown,
): { messages: JsonRpcMessage[]; isBatch: boolean } | { rejected: RejectedBody } {
  const isBatch = Array.isArray(body);
  const parsed = JsonRpcBody.safeParse(body);
  if (parsed.success) return { messages: [parsed.data].flat(), isBatch };
  return {
    rejected: rejectBody(
      isBatch
        ? 'A batch has 1 to 50 messages of JSON-RPC 2.0, and no two requests of the same id.'
        : 'The body is not a message of JSON-RPC 2.0.',
    ),
  };
}
