import { z } from 'zod';
import { route } from '../route.ts';

/**
 * The record part of Airtable's public Web API, v0. Names, shapes and status codes are Airtable's own: its official
 * clients work against the platform with only another endpoint URL. Errors on `/v0` have Airtable's shape, those of the
 * gateway too; only a head that is too large (431) has the platform's envelope, because its path is not read.
 */

export const baseId = z
  .string()
  .regex(/^app[A-Za-z0-9]{14}$/)
  .describe('app followed by 14 letters or digits');
export const tableId = z.string().regex(/^tbl[A-Za-z0-9]{14}$/);
export const fieldId = z.string().regex(/^fld[A-Za-z0-9]{14}$/);
export const recordId = z.string().regex(/^rec[A-Za-z0-9]{14}$/);
const tableIdOrName = z
  .string()
  .min(1)
  .max(255)
  .describe('Table id (tbl…) or name; a slash in a name is encoded as %2F');

/** Values by field name, or by field id if the request asks for it. Their types depend on the field. */
export const CellValues = z.record(z.string().max(255), z.unknown());

export const AirtableRecord = z.object({
  id: recordId,
  createdTime: z.iso.datetime(),
  fields: CellValues,
  commentCount: z.int().nonnegative().optional(),
});
export type AirtableRecord = z.infer<typeof AirtableRecord>;

export const AirtableDeletion = z.object({ id: recordId, deleted: z.literal(true) });

export const RecordPage = z.object({
  records: z.array(AirtableRecord),
  offset: z
    .string()
    .optional()
    .describe('Start of the next page; absent on the last page. Valid for the same filter and sort only'),
});
export type RecordPage = z.infer<typeof RecordPage>;

/** The records that a batch wrote. Only upserts return the lists of ids. */
export const RecordsWritten = z.object({
  records: z.array(AirtableRecord),
  createdRecords: z.array(recordId).optional(),
  updatedRecords: z.array(recordId).optional(),
});

/** Airtable's error body: an object, or a string for unknown ids (`NOT_FOUND`). */
export const AirtableProblem = z.object({
  error: z.union([z.string(), z.object({ type: z.string(), message: z.string().optional() })]),
});
export type AirtableProblem = z.infer<typeof AirtableProblem>;

/** Maximum length of an offset, characters. The offset of a sorted list contains the sort keys of a record. */
export const maxOffsetLength = 10_000;

/** Options of a list. A query string encodes arrays and objects as `fields[]=…`, `sort[0][field]=…`. */
export const RecordSelection = z.object({
  pageSize: z.coerce.number().int().min(1).max(100).optional().describe('Records per page; default 100'),
  maxRecords: z.coerce.number().int().min(1).optional().describe('Maximum number of records over all pages'),
  offset: z.string().max(maxOffsetLength).optional(),
  view: z.string().max(255).optional().describe('View id or name'),
  filterByFormula: z
    .string()
    .max(100_000)
    .optional()
    .describe('A URL has at most 16,000 characters; send longer formulas in the body of listRecords'),
  fields: z.array(z.string().max(255)).max(500).optional(),
  sort: z
    .array(z.object({ field: z.string().max(255), direction: z.enum(['asc', 'desc']).optional() }))
    .max(50)
    .optional(),
  cellFormat: z.enum(['json', 'string']).optional(),
  timeZone: z.string().max(64).optional().describe('Required if cellFormat is string'),
  userLocale: z.string().max(35).optional().describe('Required if cellFormat is string'),
  returnFieldsByFieldId: z.stringbool().or(z.boolean()).optional(),
  recordMetadata: z.array(z.enum(['commentCount'])).optional(),
});
export type RecordSelection = z.infer<typeof RecordSelection>;

/** Options of a single record. */
const RecordFormat = RecordSelection.pick({
  cellFormat: true,
  timeZone: true,
  userLocale: true,
  returnFieldsByFieldId: true,
  recordMetadata: true,
});

const writeOptions = {
  typecast: z
    .boolean()
    .optional()
    .describe('Convert strings to the type of the field and add missing choices'),
  returnFieldsByFieldId: z.boolean().optional(),
};

const oneRecord = z.object({ fields: CellValues, ...writeOptions });
const RecordUpserts = z
  .object({
    records: z
      .array(z.object({ id: recordId.optional(), fields: CellValues }))
      .min(1)
      .max(10),
    performUpsert: z
      .object({ fieldsToMergeOn: z.array(z.string().max(255)).min(1).max(3) })
      .optional()
      .describe('Match records without id by these fields, and create those that match nothing'),
    ...writeOptions,
  })
  .describe('Without performUpsert, every record needs an id');

const table = z.object({ baseId: z.string().min(1).max(64), tableIdOrName });
const record = table.extend({ recordId: z.string().min(1).max(64) });

const exampleRecord = {
  id: 'recA1b2C3d4E5f6G7',
  createdTime: '2025-08-07T12:00:00.000Z',
  fields: { Name: 'Ada Lovelace', Score: 42 },
};

export const airtableRecordRoutes = {
  listRecords: route({
    method: 'GET',
    path: '/v0/:baseId/:tableIdOrName',
    summary: 'List records by page',
    description: `A list may have more sort levels than the three that are described: sort[3][field] and so on.
A malformed offset is rejected with 422 INVALID_OFFSET_VALUE. One of another list is rejected with 422
LIST_RECORDS_ITERATOR_NOT_AVAILABLE, and so is the offset of a sorted list when a value that decides the order has
changed since the first page: the rest of the list could miss records. Changes of other values and deletions of
records leave an offset valid.`,
    access: 'user',
    needs: { right: 'read', of: 'base', id: 'params.baseId' },
    scope: 'data.records:read',
    params: table,
    query: RecordSelection,
    queryFormat: 'brackets',
    success: {
      status: 200,
      description: 'One page',
      schema: RecordPage,
      example: { records: [exampleRecord] },
    },
    problems: ['not_found', 'rate_limited'],
  }),
  listRecordsByPost: route({
    method: 'POST',
    path: '/v0/:baseId/:tableIdOrName/listRecords',
    summary: 'List records with options in the body, for formulas too long for a URL',
    access: 'user',
    needs: { right: 'read', of: 'base', id: 'params.baseId' },
    idempotency: 'none',
    scope: 'data.records:read',
    params: table,
    // Airtable reads these two from the query even when the rest is in the body.
    query: RecordSelection.pick({ timeZone: true, userLocale: true }),
    body: RecordSelection,
    bodyExample: { filterByFormula: '{Score} > 40', pageSize: 50 },
    success: {
      status: 200,
      description: 'One page',
      schema: RecordPage,
      example: { records: [exampleRecord] },
    },
    problems: ['not_found', 'rate_limited'],
  }),
  createRecords: route({
    method: 'POST',
    path: '/v0/:baseId/:tableIdOrName',
    summary: 'Create one record (`fields`) or up to ten (`records`)',
    access: 'user',
    needs: { right: 'edit', of: 'base', id: 'params.baseId' },
    scope: 'data.records:write',
    params: table,
    body: z
      .object({
        records: z
          .array(z.object({ fields: CellValues }))
          .min(1)
          .max(10)
          .optional(),
        fields: CellValues.optional(),
        ...writeOptions,
      })
      .refine(({ records, fields }) => (records === undefined) !== (fields === undefined), {
        error: 'Exactly one of records and fields is required',
        path: ['fields'],
      }),
    bodyExample: { records: [{ fields: { Name: 'Ada Lovelace' } }], typecast: true },
    success: {
      status: 200,
      description: 'The record, or the records in the order of the request',
      schema: z.union([RecordsWritten, AirtableRecord]),
      example: { records: [exampleRecord] },
    },
    problems: ['not_found', 'payload_too_large', 'rate_limited'],
  }),
  updateRecords: route({
    method: 'PATCH',
    path: '/v0/:baseId/:tableIdOrName',
    summary: 'Update or upsert up to ten records; omitted fields keep their values',
    access: 'user',
    needs: { right: 'edit', of: 'base', id: 'params.baseId' },
    scope: 'data.records:write',
    params: table,
    body: RecordUpserts,
    bodyExample: {
      performUpsert: { fieldsToMergeOn: ['Name'] },
      records: [{ fields: { Name: 'Ada Lovelace', Score: 43 } }],
    },
    success: { status: 200, description: 'The records', schema: RecordsWritten },
    problems: ['not_found', 'payload_too_large', 'rate_limited'],
  }),
  replaceRecords: route({
    method: 'PUT',
    path: '/v0/:baseId/:tableIdOrName',
    summary: 'Replace or upsert up to ten records; omitted fields are cleared',
    access: 'user',
    needs: { right: 'edit', of: 'base', id: 'params.baseId' },
    scope: 'data.records:write',
    params: table,
    body: RecordUpserts,
    success: { status: 200, description: 'The records', schema: RecordsWritten },
    problems: ['not_found', 'payload_too_large', 'rate_limited'],
  }),
  deleteRecords: route({
    method: 'DELETE',
    path: '/v0/:baseId/:tableIdOrName',
    summary: 'Delete up to ten records, given as `records[]=rec…`',
    access: 'user',
    needs: { right: 'edit', of: 'base', id: 'params.baseId' },
    scope: 'data.records:write',
    params: table,
    query: z.object({ records: z.array(z.string().max(64)).min(1).max(10) }),
    queryFormat: 'brackets',
    success: {
      status: 200,
      description: 'The ids of the deleted records',
      schema: z.object({ records: z.array(AirtableDeletion) }),
    },
    problems: ['not_found', 'rate_limited'],
  }),
  getRecord: route({
    method: 'GET',
    path: '/v0/:baseId/:tableIdOrName/:recordId',
    summary: 'Get a record',
    access: 'user',
    needs: { right: 'read', of: 'base', id: 'params.baseId' },
    scope: 'data.records:read',
    params: record,
    query: RecordFormat,
    queryFormat: 'brackets',
    success: { status: 200, description: 'The record', schema: AirtableRecord, example: exampleRecord },
    problems: ['not_found', 'rate_limited'],
  }),
  updateRecord: route({
    method: 'PATCH',
    path: '/v0/:baseId/:tableIdOrName/:recordId',
    summary: 'Update a record; omitted fields keep their values',
    access: 'user',
    needs: { right: 'edit', of: 'base', id: 'params.baseId' },
    scope: 'data.records:write',
    params: record,
    body: oneRecord,
    bodyExample: { fields: { Score: 43 } },
    success: { status: 200, description: 'The record', schema: AirtableRecord, example: exampleRecord },
    problems: ['not_found', 'rate_limited'],
  }),
  replaceRecord: route({
    method: 'PUT',
    path: '/v0/:baseId/:tableIdOrName/:recordId',
    summary: 'Replace a record; omitted fields are cleared',
    access: 'user',
    needs: { right: 'edit', of: 'base', id: 'params.baseId' },
    scope: 'data.records:write',
    params: record,
    body: oneRecord,
    success: { status: 200, description: 'The record', schema: AirtableRecord, example: exampleRecord },
    problems: ['not_found', 'rate_limited'],
  }),
  deleteRecord: route({
    method: 'DELETE',
    path: '/v0/:baseId/:tableIdOrName/:recordId',
    summary: 'Delete a record',
    access: 'user',
    needs: { right: 'edit', of: 'base', id: 'params.baseId' },
    scope: 'data.records:write',
    params: record,
    success: { status: 200, description: 'The id of the deleted record', schema: AirtableDeletion },
    problems: ['not_found', 'rate_limited'],
  }),
} as const;
