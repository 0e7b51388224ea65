import { z } from 'zod';
import { permissionLevels } from '../rights.ts';
import { route } from '../route.ts';
import { BaseDetails, baseParts } from './base-details.ts';
import { baseId, fieldId, tableId } from './records.ts';

/** The metadata part of Airtable's public Web API, v0: bases, tables and fields. */

export const fieldTypes = [
  'singleLineText',
  'multilineText',
  'richText',
  'email',
  'url',
  'phoneNumber',
  'number',
  'currency',
  'percent',
  'duration',
  'rating',
  'checkbox',
  'date',
  'dateTime',
  'singleSelect',
  'multipleSelects',
  'multipleRecordLinks',
  'multipleAttachments',
  'barcode',
  'formula',
  'autoNumber',
  'createdTime',
  'lastModifiedTime',
  'createdBy',
  'lastModifiedBy',
  'singleCollaborator',
  'multipleCollaborators',
  'count',
  'multipleLookupValues',
  'rollup',
] as const;
export type FieldType = (typeof fieldTypes)[number];

/**
 * Airtable's other types. The embedded Airtable has neither buttons nor AI nor synced tables: creating such a field is
 * rejected with 422 `UNSUPPORTED_FIELD_TYPE_FOR_CREATE`. The real Airtable decides for itself.
 */
export const unsupportedFieldTypes = ['button', 'aiText', 'externalSyncSource'] as const;

const fieldName = z.string().trim().min(1).max(255);
const description = z.string().max(20_000);

export const FieldDefinition = z.object({
  name: fieldName,
  type: z.enum([...fieldTypes, ...unsupportedFieldTypes]),
  description: description.optional(),
  options: z
    .record(z.string(), z.unknown())
    .optional()
    .describe(
      'Options of Airtable’s field model, e.g. {"precision": 2} for a number, {"choices": [{"name": "Todo"}]} for a select',
    ),
});
export type FieldDefinition = z.infer<typeof FieldDefinition>;

/** A field in a response. The real Airtable has more types than this platform can create, so any type is valid. */
export const Field = z.object({
  id: fieldId,
  name: z.string(),
  type: z.string(),
  description: z.string().optional(),
  options: z.record(z.string(), z.unknown()).optional(),
});
export type Field = z.infer<typeof Field>;

export const View = z.object({
  id: z.string(),
  name: z.string(),
  type: z.string(),
  visibleFieldIds: z.array(fieldId).optional().describe('Only with `include[]=visibleFieldIds`'),
});
export type View = z.infer<typeof View>;

export const Table = z.object({
  id: tableId,
  name: z.string(),
  description: z.string().optional(),
  primaryFieldId: fieldId,
  fields: z.array(Field),
  views: z.array(View),
});
export type Table = z.infer<typeof Table>;

export const TableDefinition = z.object({
  name: z.string().trim().min(1).max(255),
  description: description.optional(),
  fields: z
    .array(FieldDefinition)
    .min(1)
    .max(500)
    .describe('The first field becomes the primary field and must have a type that allows this'),
});
export type TableDefinition = z.infer<typeof TableDefinition>;

export const Base = z.object({ id: baseId, name: z.string(), permissionLevel: z.enum(permissionLevels) });
export type Base = z.infer<typeof Base>;

// The service validates ids: like Airtable, it responds the same to unknown and malformed ones.
const id = z.string().min(1).max(64);
const base = z.object({ baseId: id });
const table = base.extend({ tableId: id });

const tableExample = { name: 'People', fields: [{ name: 'Name', type: 'singleLineText' }] };

export const airtableMetadataRoutes = {
  whoami: route({
    method: 'GET',
    path: '/v0/meta/whoami',
    summary: 'Get the user of the access token',
    description: 'For a personal access token: its scopes, and the email only with `user.email:read`.',
    access: 'user',
    needs: 'self',
    scope: 'any',
    success: {
      status: 200,
      description: 'Id in Airtable’s format, email and scopes',
      schema: z.object({
        id: z.string(),
        email: z.string().optional(),
        scopes: z.array(z.string()).optional(),
      }),
    },
  }),
  listBases: route({
    method: 'GET',
    path: '/v0/meta/bases',
    summary: 'List the bases that the caller may read',
    access: 'user',
    needs: { right: 'read', of: 'visible' },
    scope: 'schema.bases:read',
    query: z.looseObject({ offset: z.string().max(512).optional() }),
    success: {
      status: 200,
      description: 'One page of up to 1,000 bases; those that the token does not reach are left out',
      schema: z.object({ bases: z.array(Base), offset: z.string().optional() }),
    },
    problems: ['rate_limited'],
  }),
  getBase: route({
    method: 'GET',
    path: '/v0/meta/bases/:baseId',
    summary: 'Get the details of a base, with its collaborators on request',
    description: `In the embedded Airtable the members of the base's workspace are its \`workspaceCollaborators\`: up to
1,000, oldest accounts first. Groups, invite links and interfaces are empty. With collaborators the response is 503
\`SERVICE_UNAVAILABLE\` while users cannot be looked up.`,
    access: 'user',
    needs: { right: 'read', of: 'base', id: 'params.baseId' },
    scope: 'schema.bases:read',
    params: base,
    query: z.object({ include: z.array(z.enum(baseParts)).max(10).optional() }),
    queryFormat: 'brackets',
    success: { status: 200, description: 'The base with the requested parts', schema: BaseDetails },
    problems: ['not_found', 'rate_limited'],
  }),
  createBase: route({
    method: 'POST',
    path: '/v0/meta/bases',
    summary: 'Create a base with its tables',
    access: 'user',
    needs: { right: 'create', of: 'workspace', id: 'body.workspaceId' },
    scope: 'schema.bases:write',
    body: z.object({
      name: z.string().trim().min(1).max(255),
      workspaceId: z
        .string()
        .min(1)
        .max(64)
        .optional()
        .describe(
          'A workspace of the caller: its id in the platform’s format or in Airtable’s (`wsp…`). Absent or `default`: the caller’s default workspace. The real Airtable needs the id of one of its own workspaces',
        ),
      tables: z.array(TableDefinition).min(1).max(100),
    }),
    bodyExample: { name: 'CRM', workspaceId: 'default', tables: [tableExample] },
    success: {
      status: 200,
      description: 'The base and its tables',
      schema: z.object({ id: baseId, tables: z.array(Table) }),
    },
    problems: ['forbidden', 'rate_limited'],
  }),
  deleteBase: route({
    method: 'DELETE',
    path: '/v0/meta/bases/:baseId',
    summary: 'Delete a base with everything in it',
    description:
      'Tables, records, comments, webhooks and undelivered events of its changes go with it, for good.',
    access: 'user',
    needs: { right: 'manage', of: 'base', id: 'params.baseId' },
    scope: 'schema.bases:write',
    params: base,
    success: {
      status: 200,
      description: 'The id of the deleted base',
      schema: z.object({ id: baseId, deleted: z.literal(true) }),
    },
    problems: ['not_found', 'rate_limited'],
  }),
  listTables: route({
    method: 'GET',
    path: '/v0/meta/bases/:baseId/tables',
    summary: 'List the tables of a base with fields and views',
    description: 'With `include[]=visibleFieldIds`, views list the fields that they show.',
    access: 'user',
    needs: { right: 'read', of: 'base', id: 'params.baseId' },
    scope: 'schema.bases:read',
    params: base,
    query: z.object({
      include: z
        .array(z.enum(['visibleFieldIds']))
        .max(10)
        .optional(),
    }),
    queryFormat: 'brackets',
    success: { status: 200, description: 'All tables', schema: z.object({ tables: z.array(Table) }) },
    problems: ['not_found', 'rate_limited'],
  }),
  createTable: route({
    method: 'POST',
    path: '/v0/meta/bases/:baseId/tables',
    summary: 'Create a table',
    access: 'user',
    needs: { right: 'create', of: 'base', id: 'params.baseId' },
    scope: 'schema.bases:write',
    params: base,
    body: TableDefinition,
    bodyExample: tableExample,
    success: { status: 200, description: 'The table', schema: Table },
    problems: ['not_found', 'rate_limited'],
  }),
  changeTable: route({
    method: 'PATCH',
    path: '/v0/meta/bases/:baseId/tables/:tableId',
    summary: 'Change the name or description of a table',
    access: 'user',
    needs: { right: 'create', of: 'base', id: 'params.baseId' },
    scope: 'schema.bases:write',
    params: table,
    body: z.object({
      name: fieldName.optional(),
      description: description.optional(),
      dateDependencySettings: z.null().optional().describe('Dependencies between dates are not supported'),
    }),
    success: { status: 200, description: 'The table', schema: Table },
    problems: ['not_found', 'rate_limited'],
  }),
  createField: route({
    method: 'POST',
    path: '/v0/meta/bases/:baseId/tables/:tableId/fields',
    summary: 'Add a field',
    access: 'user',
    needs: { right: 'create', of: 'base', id: 'params.baseId' },
    scope: 'schema.bases:write',
    params: table,
    body: FieldDefinition,
    bodyExample: { name: 'Score', type: 'number', options: { precision: 0 } },
    success: { status: 200, description: 'The field', schema: Field },
    problems: ['not_found', 'rate_limited'],
  }),
  changeField: route({
    method: 'PATCH',
    path: '/v0/meta/bases/:baseId/tables/:tableId/fields/:fieldId',
    summary: 'Change the name, description or options of a field',
    access: 'user',
    needs: { right: 'create', of: 'base', id: 'params.baseId' },
    scope: 'schema.bases:write',
    params: table.extend({ fieldId: id }),
    body: z.object({
      name: fieldName.optional(),
      description: description.optional(),
      options: z.record(z.string(), z.unknown()).optional(),
    }),
    success: { status: 200, description: 'The field', schema: Field },
    problems: ['not_found', 'rate_limited'],
  }),
} as const;
