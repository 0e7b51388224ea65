import { z } from 'zod';

/** Payloads of webhooks, as in Airtable's public Web API, payload format v0. */

const Cells = z.object({ cellValuesByFieldId: z.record(z.string(), z.unknown()) });
const RecordCreated = Cells.extend({ createdTime: z.iso.datetime() });
const RecordChanged = z.object({
  current: Cells.describe('Changed cells; null for cleared ones'),
  previous: Cells.optional(),
  unchanged: Cells.optional(),
});
const FieldInfo = z.object({ name: z.string().optional(), type: z.string().optional() });
const TableInfo = z.object({ name: z.string().optional(), description: z.string().nullish() });

const RecordChanges = z.object({
  createdRecordsById: z.record(z.string(), RecordCreated).optional(),
  changedRecordsById: z.record(z.string(), RecordChanged).optional(),
  destroyedRecordIds: z.array(z.string()).optional(),
});
export type RecordChanges = z.infer<typeof RecordChanges>;

const TableChanged = RecordChanges.extend({
  changedViewsById: z
    .record(z.string(), RecordChanges)
    .optional()
    .describe('Replaces the record changes if recordChangeScope is a view'),
  changedMetadata: z.object({ current: TableInfo, previous: TableInfo }).optional(),
  createdFieldsById: z.record(z.string(), FieldInfo).optional(),
  changedFieldsById: z
    .record(z.string(), z.object({ current: FieldInfo, previous: FieldInfo.optional() }))
    .optional(),
  destroyedFieldIds: z.array(z.string()).optional(),
});
export type TableChanged = z.infer<typeof TableChanged>;

const TableCreated = z.object({
  metadata: TableInfo.optional(),
  fieldsById: z.record(z.string(), FieldInfo).optional(),
  recordsById: z.record(z.string(), RecordCreated).optional(),
});

export const WebhookPayload = z.object({
  timestamp: z.iso.datetime(),
  baseTransactionNumber: z.int().describe('Payloads of one action have the same number'),
  payloadFormat: z.string(),
  actionMetadata: z
    .object({ source: z.string(), sourceMetadata: z.record(z.string(), z.unknown()).optional() })
    .optional(),
  changedTablesById: z.record(z.string(), TableChanged).optional(),
  createdTablesById: z.record(z.string(), TableCreated).optional(),
  destroyedTableIds: z.array(z.string()).optional(),
  error: z.boolean().optional(),
  code: z.string().optional(),
});
export type WebhookPayload = z.infer<typeof WebhookPayload>;

export const WebhookPayloadPage = z.object({
  payloads: z.array(WebhookPayload),
  cursor: z.int().describe('Cursor of the next page: the number after the last payload of this page'),
  mightHaveMore: z.boolean(),
});
export type WebhookPayloadPage = z.infer<typeof WebhookPayloadPage>;
