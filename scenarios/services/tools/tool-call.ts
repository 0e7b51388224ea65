import { ProductFailure } from '../../../harness/engine/index.ts';
import type { ToolName } from '../../../platform/contracts/mcp-server/contract.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { summary } from '../../kit/response.ts';
import type { Send } from '../../kit/send-as.ts';
import { valueAt } from '../../kit/shape.ts';

/** What all checks of the tools have in common. */
export const toolCheck = {
  category: 'services',
  severity: 'high',
  needs: [registrationWorks, 'services.mcp-server.available', 'services.airtable-gateway.available'],
  services: ['gateway', 'platform-services', 'airtable-gateway', 'mcp-server'],
  timeoutMs: 60_000,
} as const;

/** The result of a tool. @throws ProductFailure when it fails */
export async function call(send: Send, name: ToolName, args: object): Promise<unknown> {
  const response = await send('POST', '/api/mcp/tools/call', { name, arguments: args });
  if (valueAt(response.json, 'success') !== true)
    throw new ProductFailure(`The tool ${name} returned ${summary(response)}`);
  return valueAt(response.json, 'structured');
}

/** A number of a result; not a number where it has another type. */
export const number = (value: unknown): number => (typeof value === 'number' ? value : Number.NaN);
