import type { ToolResult } from '../../contracts/mcp-server/contract.ts';
import type { Log } from '../../kit/observe/log.ts';
import { PeerProblem } from '../../kit/peers/peer-problem.ts';
import type { ReportProgress, ToolContext } from './airtable.ts';
import { failureMessage, ToolFailure } from './tool-failure.ts';
import { tools } from './tools/catalogue.ts';

export type CallResult =
  | { kind: 'done'; structured: Record<string, unknown> }
  | { kind: 'unknown-tool' | 'bad-arguments' | 'failed'; message: string };

/** Calls a tool. Never throws: an unknown tool, invalid arguments and a failure each have a result of their own kind. */
export async function callTool(
  call: { name: string; arguments: unknown },
  {
    log,
    report,
    ...context
  }: Omit<ToolContext, 'advance'> & { log: Log; report?: ReportProgress | undefined },
): Promise<CallResult> {
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
    const output = await tool.run(input.data, { ...context, advance: report && countProgress(report) });
    return { kind: 'done', structured: tool.output.parse(output) };
  } catch (error) {
    if (context.signal.aborted) return { kind: 'failed', message: 'The call was cancelled.' };
    const expected =
      error instanceof ToolFailure || (error instanceof PeerProblem && (error.status ?? 500) < 500);
    if (!expected) log.error({ err: error, tool: call.name }, 'tool failed');
    return { kind: 'failed', message: failureMessage(error) };
  }
}

function countProgress(report: ReportProgress): (records: number) => Promise<void> {
  let total = 0;
  return async (records) => {
    if (records === 0) return;
    total += records;
    await report(total, `${total} records`);
  };
}

/** The result in the format of the plain route. */
export function toToolResult(result: CallResult): ToolResult {
  return result.kind === 'done'
    ? {
        success: true,
        result: [{ type: 'text', text: JSON.stringify(result.structured) }],
        structured: result.structured,
      }
    : { success: false, result: [], error: result.message };
}
