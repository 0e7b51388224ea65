import { z } from 'zod';
import { route } from '../route.ts';

/** Maximum number of changed records in one event. A larger change is sent as several events. */
export const maxRecordChanges = 50;
/** Maximum number of fields of a table, and so of the changed fields of a record. */
const maxFields = 500;

export const recordChangeTypes = ['created', 'updated', 'deleted'] as const;

/**
 * What one request changed in one table of the embedded Airtable. It holds ids and names of fields but no values: a
 * workflow reads the record with its owner's rights.
 */
export const RecordEvent = z.object({
  event_id: z.uuid().describe('The same in every delivery of the event'),
  tenant_id: z.uuid(),
  workspace_id: z
    .uuid()
    .describe('The workspace of the base. Workflows of other workspaces must not see the event'),
  base_id: z.string().max(64),
  table_id: z.string().max(64),
  table_name: z.string().max(255),
  at: z.iso.datetime(),
  actor: z.object({
    user_id: z.uuid(),
    service: z
      .string()
      .max(64)
      .nullable()
      .describe(
        'The service that acted for the user, e.g. `automation-services`; null for the user’s own request',
      ),
    session_id: z
      .uuid()
      .describe(
        'The session or grant of the request. A workflow that ignores its own grant cannot start itself',
      ),
  }),
  fields: z
    .array(z.object({ id: z.string(), name: z.string() }))
    .max(maxFields)
    .describe('The fields that the changes name'),
  changes: z
    .array(
      z.object({
        type: z.enum(recordChangeTypes),
        record_id: z.string().max(64),
        changed_field_ids: z
          .array(z.string())
          .max(maxFields)
          .describe(
            'Fields whose stored value differs from the one before; of a deleted record those with a value',
          ),
      }),
    )
    .min(1)
    .max(maxRecordChanges),
});
export type RecordEvent = z.infer<typeof RecordEvent>;

export const recordEventRoutes = {
  recordEvent: route({
    method: 'POST',
    path: '/events/records',
    summary: 'Start the active workflows of a workspace with this record trigger',
    description: `airtable-gateway sends each event at least once, soon after the change or as soon as this service can be
reached again, and in any order. A repeated \`event_id\` has no further effect. Computed fields are not reported. Only
bases that \`PUT /internal/record-watches\` of airtable-gateway names send events.`,
    access: 'service',
    body: RecordEvent,
    success: {
      status: 202,
      description: 'The started executions',
      schema: z.object({ executions: z.array(z.uuid()) }),
    },
  }),
} as const;
