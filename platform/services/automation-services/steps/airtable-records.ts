import { z } from 'zod';
import { airtableGateway } from '../../../contracts/airtable-gateway/contract.ts';
import { CellValues } from '../../../contracts/airtable-gateway/records.ts';
import { createClient } from '../../../kit/peers/client.ts';
import { insertedText } from './inserted-text.ts';
import { stepKind } from './step-kind.ts';

const recordFields = {
  base_id: z.string().min(1).max(64),
  table: z.string().min(1).max(255).describe('Id or name'),
  fields: CellValues,
  typecast: z.boolean().default(false),
};

const scopes = () => ['data.records:write'];

/** Steps that write records with the rights of the user for whom the workflow runs. */
export function airtableKinds(baseUrl: string) {
  const airtable = createClient(airtableGateway, { baseUrl });
  return [
    stepKind({
      types: ['airtable_query'],
      config: z.strictObject({
        base_id: z.string().min(1).max(64),
        table: z.string().min(1).max(255).describe('Id or name'),
        formula: insertedText(z.string().max(100_000)).optional(),
        view: z.string().max(255).optional(),
        fields: z.array(z.string().max(255)).max(500).optional(),
        max_records: z.coerce.number().int().min(1).max(100).default(100),
      }),
      scopes: () => ['data.records:read'],
      async run({ base_id, table, formula, view, fields, max_records }, { authorized, signal }) {
        const { records } = await authorized('Reading records', (token) =>
          airtable.listRecordsByPost(
            {
              params: { baseId: base_id, tableIdOrName: table },
              body: { filterByFormula: formula, view, fields, maxRecords: max_records },
            },
            { token, signal },
          ),
        );
        return { result: { records, count: records.length } };
      },
    }),
    stepKind({
      types: ['airtable_create'],
      config: z.strictObject(recordFields),
      scopes,
      async run({ base_id, table, fields, typecast }, { authorized, key, signal }) {
        const result = await authorized('Creating a record', (token) =>
          airtable.createRecords(
            { params: { baseId: base_id, tableIdOrName: table }, body: { fields, typecast } },
            { token, signal, headers: { 'idempotency-key': key } },
          ),
        );
        return { result };
      },
    }),
    stepKind({
      types: ['airtable_update'],
      config: z.strictObject({ ...recordFields, record_id: z.string().min(1).max(64) }),
      scopes,
      async run({ base_id, table, record_id, fields, typecast }, { authorized, key, signal }) {
        const result = await authorized('Updating a record', (token) =>
          airtable.updateRecord(
            {
              params: { baseId: base_id, tableIdOrName: table, recordId: record_id },
              body: { fields, typecast },
            },
            { token, signal, headers: { 'idempotency-key': key } },
          ),
        );
        return { result };
      },
    }),
  ];
}
