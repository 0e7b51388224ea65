import { z } from 'zod';
import { airtableGateway } from '../../../contracts/airtable-gateway/contract.ts';
import { CellValues } from '../../../contracts/airtable-gateway/records.ts';
import { createClient } from '../../../kit/peers/client.ts';
import { toStepFailure } from './peer-failure.ts';
import { requireToken, stepKind } from './step-kind.ts';

const recordFields = {
  base_id: z.string().min(1).max(64),
  table: z.string().min(1).max(255).describe('Id or name'),
  fields: CellValues,
  typecast: z.boolean().default(false),
};

/** Steps that write records with the rights of the user who runs the workflow. */
export function airtableKinds(baseUrl: string) {
  const airtable = createClient(airtableGateway, { baseUrl });
  return [
    stepKind({
      types: ['airtable_create'],
      config: z.strictObject(recordFields),
      async run({ base_id, table, fields, typecast }, context) {
        const token = requireToken(context, 'Creating a record');
        try {
          const result = await airtable.createRecords(
            { params: { baseId: base_id, tableIdOrName: table }, body: { fields, typecast } },
            { token, signal: context.signal },
          );
          return { result };
        } catch (error) {
          // After a lost response the record may exist, and another attempt could create a second one.
          throw toStepFailure(error, { repeatable: false });
        }
      },
    }),
    stepKind({
      types: ['airtable_update'],
      config: z.strictObject({ ...recordFields, record_id: z.string().min(1).max(64) }),
      async run({ base_id, table, record_id, fields, typecast }, context) {
        const token = requireToken(context, 'Updating a record');
        try {
          const result = await airtable.updateRecord(
            {
              params: { baseId: base_id, tableIdOrName: table, recordId: record_id },
              body: { fields, typecast },
            },
            { token, signal: context.signal },
          );
          return { result };
        } catch (error) {
          throw toStepFailure(error, { repeatable: true });
        }
      },
    }),
  ];
}
