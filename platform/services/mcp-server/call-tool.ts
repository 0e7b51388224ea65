import type { ToolResult } from '../../contracts/mcp-server/contract.ts';
import type { Log } from '../../kit/observe/log.ts';
import { PeerProblem } from '../../kit/peers/peer-problem.ts';
import { type Airtable, ToolFailure } from './airtable.ts';
import { failureMessage } from './failure-message.ts';
import { tools } from './tools/catalogue.ts';

export type CallOutcome =
  | { kind: 'done'; structured: Record<string, unknown> }
  | { kind: 'unknown-tool' | 'bad-arguments' | 'failed'; message: string };

/**
 * Calls a tool. Never throws: an unknown tool, arguments that do not fit and failures are told apart, and
 * none of them can be taken for a result.
 */
export async function callTool(
  call: { name: string; arguments: unknown },
  context: { airtable: Airtable; signal: AbortSignal; log: Log },
): Promise<CallOutcome> {
  const tool = tools.find(({ name }) => name === call.name);
  if (!tool) {
    const known = tools.map(({ name }) => name).join(', ');
    return { kind: 'unknown-tool', message: `There is no tool "${call.name}". Tools: ${known}.` };
  }
  const input = tool.input.safeParse(call.arguments ?? {});
  if (!input.success) {
    const message = input.error.issues
      .map((issue) => `${issue.path.join('.') || '(arguments)'}: ${issue.message}`)
      .join('; ');
    return { kind: 'bad-arguments', message };
  }
  try {
    const output = await tool.run(input.data, { airtable: context.airtable, signal: context.signal });
    return { kind: 'done', structured: tool.output.parse(output) };
  } catch (error) {
    const expected =
      error instanceof ToolFailure || (error instanceof PeerProblem && (error.status ?? 500) < 500);
    if (!expected) context.log.error({ err: error, tool: call.name }, 'tool failed');
    return { kind: 'failed', message: failureMessage(error) };
  }
}

/** The outcome as the plain route answers it. */
export function toToolResult(outcome: CallOutcome): ToolResult {
  return outcome.kind === 'done'
    ? {
        success: true,
        result: [{ type: 'text', text: JSON.stringify(outcome.structured) }],
        structured: outcome.structured,
      }
    : { success: false, result: [], error: outcome.message };
}
