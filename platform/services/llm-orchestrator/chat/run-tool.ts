import type { Tool } from '../../../contracts/mcp-server/contract.ts';
import type { Log } from '../../../kit/observe/log.ts';
import { PeerProblem } from '../../../kit/peers/peer-problem.ts';
import { describeFailure } from '../../../kit/service/describe-failure.ts';
import type { ToolOutcome, ToolRequest } from '../model-upstream.ts';
import type { ToolServer } from './tool-catalog.ts';

export interface FinishedTool {
  success: boolean;
  outcome: ToolOutcome;
  /** The call as the conversation's history keeps it. */
  record: string;
}

/** Most characters of a result that the model is sent. */
const mostResult = 60_000;
/** Most characters of a result that the history keeps. */
const mostRecord = 20_000;

/**
 * Calls a tool that the model asked for, with the caller's rights. A tool that fails is an answer to the model too;
 * only the caller's going away throws.
 */
export async function runTool(
  request: ToolRequest,
  {
    tools,
    server,
    signal,
    log,
  }: { tools: readonly Tool[]; server: ToolServer; signal: AbortSignal; log: Log },
): Promise<FinishedTool> {
  const known = tools.some(({ name }) => name === request.name);
  const called = known
    ? await callTool(request, { server, signal, log })
    : { success: false, response: { error: `There is no tool "${request.name}".` } };
  return {
    success: called.success,
    outcome: { request, response: bounded(called.response, mostResult) },
    record: JSON.stringify({
      tool: request.name,
      arguments: bounded(request.arguments, mostRecord),
      ...bounded(called.response, mostRecord),
    }),
  };
}

async function callTool(
  request: ToolRequest,
  { server, signal, log }: { server: ToolServer; signal: AbortSignal; log: Log },
): Promise<{ success: boolean; response: Record<string, unknown> }> {
  try {
    const answer = await server.callTool(
      { body: { name: request.name, arguments: request.arguments } },
      { signal },
    );
    if (!answer.success) return { success: false, response: { error: answer.error ?? 'The tool failed.' } };
    return {
      success: true,
      response: { output: answer.structured ?? answer.result.map(({ text }) => text).join('\n') },
    };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof PeerProblem)) throw error;
    log.warn({ err: describeFailure(error), tool: request.name }, 'a tool could not be called');
    return { success: false, response: { error: error.problem?.message ?? `${error.message}.` } };
  }
}

/** The value itself, or its beginning as text when it is too long to be sent whole. */
function bounded(value: Record<string, unknown>, limit: number): Record<string, unknown> {
  const text = JSON.stringify(value);
  if (text.length <= limit) return value;
  return {
    truncated: `Only the first ${limit} of ${text.length} characters follow.`,
    beginning: text.slice(0, limit),
  };
}
