import { z } from 'zod';
import { route } from './route.ts';

/** Services that store data of accounts. platform-services starts the erasure and erases its own rows last. */
export const erasingServices = [
  'user-service',
  'airtable-gateway',
  'llm-orchestrator',
  'file-service',
  'saga-service',
  'automation-services',
  'platform-services',
] as const;
export type ErasingService = (typeof erasingServices)[number];

/** Whose data a service erases. */
export const ErasureOrder = z.strictObject({
  tenant_id: z.uuid(),
  user_id: z.uuid(),
  email: z.string().max(254),
  whole_tenant: z
    .boolean()
    .describe(
      'Whether the tenant goes with the person. Otherwise its shared objects stay, without the person',
    ),
});
export type ErasureOrder = z.infer<typeof ErasureOrder>;

/** The internal route of every service that stores data of accounts. */
export const erasureRoutes = {
  erase: route({
    method: 'POST',
    path: '/internal/erasures',
    summary: 'Erase what the service stores about a deleted account',
    description:
      'Stops running work of the account first. Idempotent: it is repeated until nothing was left to erase.',
    access: 'service',
    idempotency: 'inherent',
    body: ErasureOrder,
    success: {
      status: 200,
      description: 'The data is erased',
      schema: z.object({ erased: z.int().min(0).describe('Number of rows and files that were found') }),
    },
  }),
  exportData: route({
    method: 'POST',
    path: '/internal/exports',
    summary: 'Get what the service stores about an account',
    description:
      'Lines of JSON: `{table, row}` for each row, for files `{file}` and their content as `{data}` in base64, and at last `{end, rows}`. Without the last line the export is incomplete. `whole_tenant` is for the only user of a tenant. Secrets are left out.',
    access: 'service',
    body: ErasureOrder,
    success: { status: 200, description: 'The lines', contentType: 'application/octet-stream' },
  }),
} as const;
