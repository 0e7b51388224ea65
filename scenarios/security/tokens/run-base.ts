import type { CheckContext } from '../../../harness/engine/index.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { prepare, type Send } from '../../kit/send-as.ts';
import { listAt, textAt } from '../../kit/shape.ts';
import { furtherSecurity } from '../check-fields.ts';

/** Fields of the checks of the rights that runs carry. */
export const runRightsCheck = {
  ...furtherSecurity,
  severity: 'blocker',
  standards: ['ASVS 9.2.1', 'ASVS 8.3.2', 'API2'],
  needs: [
    registrationWorks,
    'services.airtable-gateway.available',
    'services.automation-services.available',
    'services.saga-service.available',
  ],
  services: ['gateway', 'platform-services', 'airtable-gateway', 'automation-services', 'saga-service'],
} as const;

/** A base in which runs leave records: what they wrote shows which rights they had. */
export interface RunBase {
  id: string;
  /** Path of the records of a second table, whose changes trigger workflows. */
  inbox: string;
  /** A step of a workflow that writes a record with this name. */
  writes(name: string): object;
  /** The names of all records that runs have written. */
  names(): Promise<string[]>;
}

export async function openRunBase(context: Pick<CheckContext, 'unique'>, send: Send): Promise<RunBase> {
  const fields = [{ name: 'Name', type: 'singleLineText' }];
  const base = await prepare(send, 'POST', '/api/airtable/v0/meta/bases', {
    name: context.unique('runs'),
    workspaceId: 'default',
    tables: [
      { name: 'Written', fields },
      { name: 'Inbox', fields },
    ],
  });
  const id = textAt(base, 'id');
  return {
    id,
    inbox: `/api/airtable/v0/${id}/Inbox`,
    writes: (Name) => ({
      type: 'airtable_create',
      config: { base_id: id, table: 'Written', fields: { Name } },
    }),
    names: async () =>
      listAt(await prepare(send, 'GET', `/api/airtable/v0/${id}/Written`), 'records')
        .map((record) => textAt(record, 'fields', 'Name'))
        .sort(),
  };
}
