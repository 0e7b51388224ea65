import { z } from 'zod';
import { erasureRoutes } from '../erasure.ts';
import { paged, paging } from '../paging.ts';
import { permissionLevels } from '../rights.ts';
import { type RouteSpec, route } from '../route.ts';
import { service } from '../service.ts';
import { workspaceContentsRoutes } from '../workspace-contents.ts';
import { airtableCommentRoutes } from './comments.ts';
import { airtableMetadataRoutes, Table, TableDefinition } from './metadata.ts';
import { recordWatchRoutes } from './record-watches.ts';
import {
  AirtableDeletion,
  AirtableRecord,
  airtableRecordRoutes,
  CellValues,
  maxOffsetLength,
  RecordPage,
} from './records.ts';
import { airtableWebhookRoutes } from './webhooks.ts';

const id = z.string().min(1).max(64);
const base = z.object({ baseId: id });
const table = base.extend({ tableId: z.string().min(1).max(255).describe('Table id or name') });
const record = table.extend({ recordId: id });

/** One sync of a base into the five metadata tables. */
export const SyncLog = z.object({
  sync_id: z.uuid(),
  base_id: z.string(),
  table_id: z.string().nullable(),
  sync_type: z.enum(['full', 'incremental', 'schema']),
  sync_status: z.enum(['pending', 'running', 'completed', 'failed']),
  records_processed: z.int(),
  records_created: z.int(),
  records_updated: z.int(),
  records_deleted: z.int(),
  error_message: z.string().nullable(),
  started_at: z.iso.datetime(),
  completed_at: z.iso.datetime().nullable(),
  duration_seconds: z.number().nullable(),
});
export type SyncLog = z.infer<typeof SyncLog>;

const BaseSchema = z.object({
  base_id: z.string(),
  tables: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      description: z.string().nullable(),
      fields: z.array(
        z.object({ id: z.string(), name: z.string(), type: z.string(), description: z.string().nullable() }),
      ),
      views: z.array(z.object({ id: z.string(), name: z.string() })),
    }),
  ),
});

const newRecords = z.array(CellValues).min(1).max(10);

/** Routes of the original platform: the same data as under `/v0`, in older shapes. */
const plainRoutes = {
  bases: route({
    method: 'GET',
    path: '/bases',
    summary: 'List the bases that the caller may read',
    access: 'user',
    needs: { right: 'read', of: 'visible' },
    scope: 'schema.bases:read',
    success: {
      status: 200,
      description: 'All bases',
      schema: z.object({
        bases: z.array(
          z.object({ id: z.string(), name: z.string(), permission_level: z.enum(permissionLevels) }),
        ),
      }),
    },
  }),
  schema: route({
    method: 'GET',
    path: '/bases/:baseId/schema',
    summary: 'Get the tables, fields and views of a base',
    access: 'user',
    needs: { right: 'read', of: 'base', id: 'params.baseId' },
    scope: 'schema.bases:read',
    params: base,
    success: { status: 200, description: 'The schema', schema: BaseSchema },
    problems: ['not_found'],
  }),
  tables: route({
    method: 'GET',
    path: '/bases/:baseId/tables',
    summary: 'List the tables of a base',
    access: 'user',
    needs: { right: 'read', of: 'base', id: 'params.baseId' },
    scope: 'schema.bases:read',
    params: base,
    success: { status: 200, description: 'All tables', schema: z.object({ tables: z.array(Table) }) },
    problems: ['not_found'],
  }),
  addTable: route({
    method: 'POST',
    path: '/api/web/bases/:baseId/tables',
    summary: 'Create a table',
    access: 'user',
    needs: { right: 'create', of: 'base', id: 'params.baseId' },
    scope: 'schema.bases:write',
    params: base,
    body: TableDefinition,
    success: { status: 201, description: 'The table', schema: Table },
    problems: ['not_found'],
  }),
  records: route({
    method: 'GET',
    path: '/bases/:baseId/tables/:tableId/records',
    summary: 'List the records of a table',
    access: 'user',
    needs: { right: 'read', of: 'base', id: 'params.baseId' },
    scope: 'data.records:read',
    params: table,
    query: z.object({
      max_records: z.coerce.number().int().min(1).max(1000).default(100),
      offset: z.string().max(maxOffsetLength).optional(),
      view: z.string().max(255).optional(),
      filter_by_formula: z.string().max(5000).optional(),
      sort: z
        .union([z.string().max(255), z.array(z.string().max(255)).max(10)])
        .optional()
        .describe('Field name; a leading minus sorts in descending order. May be repeated'),
    }),
    success: { status: 200, description: 'Up to `max_records` records', schema: RecordPage },
    problems: ['not_found', 'rate_limited'],
  }),
  addRecord: route({
    method: 'POST',
    path: '/bases/:baseId/tables/:tableId/records',
    summary: 'Create a record; the body is the plain field map',
    access: 'user',
    needs: { right: 'edit', of: 'base', id: 'params.baseId' },
    scope: 'data.records:write',
    params: table,
    body: CellValues,
    bodyExample: { Name: 'Ada Lovelace' },
    success: { status: 201, description: 'The record', schema: AirtableRecord },
    problems: ['not_found', 'rate_limited'],
  }),
  addRecords: route({
    method: 'POST',
    path: '/bases/:baseId/tables/:tableId/records/batch',
    summary: 'Create up to ten records',
    description:
      'The body is a plain array of field maps or {"records": [field maps]}. Clients of the original platform send both.',
    access: 'user',
    needs: { right: 'edit', of: 'base', id: 'params.baseId' },
    scope: 'data.records:write',
    params: table,
    body: z.union([newRecords, z.object({ records: newRecords })]),
    bodyExample: [{ Name: 'Ada Lovelace' }],
    success: {
      status: 201,
      description: 'The records, in the order of the request',
      schema: z.object({ records: z.array(AirtableRecord) }),
    },
    problems: ['not_found', 'rate_limited'],
  }),
  record: route({
    method: 'GET',
    path: '/bases/:baseId/tables/:tableId/records/:recordId',
    summary: 'Get a record',
    access: 'user',
    needs: { right: 'read', of: 'base', id: 'params.baseId' },
    scope: 'data.records:read',
    params: record,
    success: { status: 200, description: 'The record', schema: AirtableRecord },
    problems: ['not_found', 'rate_limited'],
  }),
  changeRecord: route({
    method: 'PATCH',
    path: '/bases/:baseId/tables/:tableId/records/:recordId',
    summary: 'Change fields of a record; the body is the plain field map',
    access: 'user',
    needs: { right: 'edit', of: 'base', id: 'params.baseId' },
    scope: 'data.records:write',
    params: record,
    body: CellValues,
    success: { status: 200, description: 'The record', schema: AirtableRecord },
    problems: ['not_found', 'rate_limited'],
  }),
  removeRecord: route({
    method: 'DELETE',
    path: '/bases/:baseId/tables/:tableId/records/:recordId',
    summary: 'Delete a record',
    access: 'user',
    needs: { right: 'edit', of: 'base', id: 'params.baseId' },
    scope: 'data.records:write',
    params: record,
    success: { status: 200, description: 'The id of the deleted record', schema: AirtableDeletion },
    problems: ['not_found', 'rate_limited'],
  }),
  sync: route({
    method: 'POST',
    path: '/sync',
    summary: 'Sync the schema and record counts of a base into the metadata tables',
    access: 'user',
    needs: { right: 'edit', of: 'base', id: 'body.base_id' },
    idempotency: 'claim',
    body: z.object({
      base_id: id,
      table_id: id.optional(),
      sync_type: SyncLog.shape.sync_type.default('schema'),
      workspace_id: id
        .optional()
        .describe(
          'With the real Airtable: the workspace that the base belongs to from now on. Needs the role admin in both workspaces',
        ),
    }),
    success: {
      status: 200,
      description: 'The completed sync; `error_message` explains a failed one',
      schema: SyncLog,
    },
    problems: ['not_found', 'conflict'],
    timeoutMs: 120_000,
  }),
  syncLogs: route({
    method: 'GET',
    path: '/sync/logs',
    summary: 'List the syncs of the bases that the caller may read, newest first',
    access: 'user',
    needs: { right: 'read', of: 'visible' },
    query: paging.extend({
      base_id: id.optional(),
      status: SyncLog.shape.sync_status.optional(),
    }),
    success: {
      status: 200,
      description: 'One page',
      schema: z.object({ logs: z.array(SyncLog), ...paged }),
    },
  }),
  syncLog: route({
    method: 'GET',
    path: '/sync/logs/:syncId',
    summary: 'Get a sync',
    access: 'user',
    needs: { right: 'read', of: 'sync', id: 'params.syncId' },
    params: z.object({ syncId: z.uuid() }),
    success: { status: 200, description: 'The sync', schema: SyncLog },
    problems: ['not_found'],
  }),
  invalidateCache: route({
    method: 'POST',
    path: '/cache/invalidate',
    summary: 'Drop the cached responses of the tenant, of a base or of a table',
    description: 'Needs the role editor: in the workspace of the base if there is one, else in any.',
    access: 'user',
    needs: { right: 'edit', of: 'visible' },
    idempotency: 'inherent',
    body: z.object({ base_id: id.optional(), table_id: id.optional() }).default({}),
    success: {
      status: 200,
      description: 'The number of dropped entries',
      schema: z.object({ invalidated: z.int().nonnegative() }),
    },
    problems: ['not_found'],
  }),
} as const;

/** Adds what all routes of Airtable's API have in common: the format of errors, and those of roles and unknown ids. */
function airtableApi<const R extends Readonly<Record<string, RouteSpec>>>(routes: R): R {
  const common = ['forbidden', 'not_found', 'rate_limited'] as const;
  const entries = Object.entries(routes).map(([name, spec]) => {
    const problems = [...new Set([...(spec.problems ?? []), ...common])];
    return [name, { ...spec, problems, problemFormat: 'airtable' }];
  });
  return Object.fromEntries(entries) as R;
}

/**
 * `/api/airtable` is mounted on the service's root, so an Airtable client with the endpoint URL
 * `<gateway>/api/airtable` finds `/v0/…` there. Its API key is a personal access token, or the access token of a session.
 * A personal token without the scope of a route, or with other bases, gets 403 `INVALID_PERMISSIONS_OR_MODEL_NOT_FOUND`,
 * also for a base that does not exist.
 *
 * A base belongs to a workspace of the platform, and the role there decides: viewers read, commenters also comment,
 * editors also change records, admins and owners also change tables and fields, webhooks and bases. Too low a role gets
 * 403 `INVALID_PERMISSIONS_OR_MODEL_NOT_FOUND`, and its message names the role that is needed.
 *
 * Behaviour that Airtable's documentation leaves open: A base of another tenant, or of a workspace without the caller,
 * responds with 404, like one that does not exist. Formulas use UTC. A date function of a blank date is an error, so a
 * filter drops the record. Blanks sort first.
 *
 * With the real Airtable as upstream, the account belongs to the configured tenant, and all others get 403. A base
 * belongs to the workspace that the platform's metadata tables name (`workspace_id` of `POST /sync` sets it), otherwise
 * to the default workspace of the tenant. `permissionLevel` is the lower one of the caller's and the account's.
 */
export const airtableGateway = service({
  name: 'airtable-gateway',
  title: 'Airtable Web API with an embedded Airtable or the real one',
  port: 8002,
  mounts: [{ public: '/api/airtable', internal: '' }],
  routes: {
    ...airtableApi(airtableMetadataRoutes),
    ...airtableApi(airtableRecordRoutes),
    ...airtableApi(airtableCommentRoutes),
    ...airtableApi(airtableWebhookRoutes),
    ...plainRoutes,
    ...recordWatchRoutes,
    ...erasureRoutes,
    ...workspaceContentsRoutes,
  },
});
