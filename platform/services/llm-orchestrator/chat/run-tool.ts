import type { Tool } from '../../../contracts/mcp-server/contract.ts';
import type { Log } from '../../../kit/observe/log.ts';
import { PeerProblem } from '../../../kit/peers/peer-problem.ts';
import { describeFailure } from '../../../kit/service/describe-failure.ts';
import type { ToolRequest, ToolResponse } from '../model-upstream.ts';
import type { ToolServer } from './tool-catalog.ts';

export interface CalledTool {
  success: boolean;
  response: ToolResponse;
  /** The call in the conversation's history. */
  record: string;
}

export interface ToolContext {
  tools: readonly Tool[];
  server: ToolServer;
  signal: AbortSignal;
  log: Log;
}

/** Maximum length of a result for the model, characters. */
const maxResultLength = 60_000;
/** Maximum length of a result in the history, characters. */
const maxRecordLength = 20_000;

/**
 * Calls a tool for the model with the caller's rights. The model receives the error of a failed tool.
 * @throws the signal's reason when the caller disconnects
 */
export async function runTool(request: ToolRequest, context: ToolContext): Promise<CalledTool> {
  const { success, response } = await callTool(request, context);
  return {
    success,
    response: { request, response: truncate(response, maxResultLength) },
    record: JSON.stringify({
      tool: request.name,
      arguments: truncate(request.arguments, maxRecordLength),
      ...truncate(response, maxRecordLength),
    }),
  };
}

async function callTool(
  request: ToolRequest,
  { tools, server, signal, log }: ToolContext,
): Promise<{ success: boolean; response: Record<string, unknown> }> {
  if (!tools.some(({ name }) => name === request.name))
    return { success: false, response: { error: `There is no tool "${request.name}".` } };
  try {
    const called = await server.callTool(
      { body: { name: request.name, arguments: request.arguments } },
      { signal },
    );
    if (!called.success) return { success: false, response: { error: called.error ?? 'The tool failed.' } };
    return {
      success: true,
      response: { output: called.structured ?? called.result.map(({ text }) => text).join('\n') },
    };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof PeerProblem)) throw error;
    log.warn({ err: describeFailure(error), tool: request.name }, 'a tool could not be called');
    return { success: false, response: { error: error.problem?.message ?? `${error.message}.` } };
  }
}

/** The value itself, or the beginning of its JSON when it is too long. */
function truncate(value: Record<string, unknown>, limit: number): Record<string, unknown> {
  const text = JSON.stringify(value);
  if (text.length <= limit) return value;
  return {
    truncated: `Only the first ${limit} of ${text.length} characters follow.`,
    beginning: text.slice(0, limit),
  };
}
