import type { z } from 'zod';
import type { ToolName } from '../../../contracts/mcp-server/contract.ts';
import type { ToolContext } from '../airtable.ts';

export interface ToolDefinition<I extends z.ZodObject = z.ZodObject, O extends z.ZodObject = z.ZodObject> {
  name: ToolName;
  title: string;
  /** Read by language models to decide whether to use the tool. */
  description: string;
  input: I;
  output: O;
  /** Whether the tool only reads; clients get it as a hint. */
  readOnly: boolean;
  /** @throws ToolFailure or PeerProblem; both become an error of the tool, never a result. */
  run(input: z.output<I>, context: ToolContext): Promise<z.input<O>>;
}

/** Declares a tool: data plus one function. */
export function defineTool<I extends z.ZodObject, O extends z.ZodObject>(
  definition: ToolDefinition<I, O>,
): ToolDefinition {
  return definition as unknown as ToolDefinition;
}
