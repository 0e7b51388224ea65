import { z } from 'zod';
import type { Tool } from '../../contracts/mcp-server/contract.ts';
import { tools } from './tools/catalogue.ts';

/** The tools as clients see them. Their JSON Schemas are made from the schemas that validate the calls. */
export function describeTools(): (Tool & { annotations: { readOnlyHint: boolean } })[] {
  return tools.map(({ name, title, description, input, output, readOnly }) => ({
    name,
    title,
    description,
    inputSchema: z.toJSONSchema(input, { io: 'input' }),
    outputSchema: z.toJSONSchema(output, { io: 'output' }),
    annotations: { readOnlyHint: readOnly },
  }));
}
