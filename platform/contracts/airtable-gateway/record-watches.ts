import { z } from 'zod';
import { route } from '../route.ts';
import { baseId } from './records.ts';

/** Maximum number of watched bases per tenant, and of watched tables per base. */
const [maxBases, maxTables] = [1_000, 100];

/** The bases whose changes start workflows. */
export const RecordWatches = z.strictObject({
  tenant_id: z.uuid(),
  bases: z
    .array(
      z.strictObject({
        base_id: baseId,
        tables: z
          .array(z.string().min(1).max(255))
          .min(1)
          .max(maxTables)
          .optional()
          .describe('Ids or names of the watched tables; absent for all'),
      }),
    )
    .max(maxBases),
});
export type RecordWatches = z.infer<typeof RecordWatches>;

export const recordWatchRoutes = {
  setRecordWatches: route({
    method: 'PUT',
    path: '/internal/record-watches',
    summary: 'Set the bases of a tenant whose changes are sent to automation-services',
    description: `The list replaces the tenant's earlier one, so repeating it is safe. Changes after the response are sent as
\`POST /events/records\`. Writes to other bases cost nothing more. The real Airtable as upstream reports no changes: all
its bases are unknown.`,
    access: 'service',
    body: RecordWatches,
    success: {
      status: 200,
      description: 'Which bases are watched',
      schema: z.object({
        watched: z.array(z.string()),
        unknown: z.array(z.string()).describe('Bases that the tenant does not have; they are not watched'),
      }),
    },
  }),
} as const;
