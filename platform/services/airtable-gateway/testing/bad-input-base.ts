import { expect } from 'vitest';
import type { TemporaryAirtableGateway, TestUser } from './temporary-airtable-gateway.ts';

/** A base with the table `T` of many field types, and one record in it. */
export interface BadInputBase {
  user: TestUser;
  baseId: string;
  recordId: string;
  /** Expects that the service is ready and still serves the record. */
  expectReady(): Promise<void>;
}

/** The fields of `T`. */
export const badInputFields = [
  'Text',
  'Number',
  'Rating',
  'Check',
  'Day',
  'Time',
  'One',
  'Many',
  'Files',
  'Code',
  'Self',
];

export async function makeBadInputBase(gateway: TemporaryAirtableGateway): Promise<BadInputBase> {
  const user = await gateway.user();
  const made = await gateway.call(user, 'POST', '/v0/meta/bases', {
    name: 'Bad input',
    workspaceId: 'default',
    tables: [
      {
        name: 'T',
        fields: [
          { name: 'Text', type: 'multilineText' },
          { name: 'Number', type: 'number' },
          { name: 'Rating', type: 'rating' },
          { name: 'Check', type: 'checkbox' },
          { name: 'Day', type: 'date' },
          { name: 'Time', type: 'dateTime' },
          { name: 'One', type: 'singleSelect', options: { choices: [{ name: 'a' }] } },
          { name: 'Many', type: 'multipleSelects', options: { choices: [{ name: 'a' }] } },
          { name: 'Files', type: 'multipleAttachments' },
          { name: 'Code', type: 'barcode' },
        ],
      },
    ],
  });
  const baseId = made.body.id;
  const tableId = made.body.tables[0].id;
  const link = await gateway.call(user, 'POST', `/v0/meta/bases/${baseId}/tables/${tableId}/fields`, {
    name: 'Self',
    type: 'multipleRecordLinks',
    options: { linkedTableId: tableId },
  });
  expect(link.status).toBe(200);
  const recordId = (await gateway.call(user, 'POST', `/v0/${baseId}/T`, { fields: { Text: 'x' } })).body.id;
  return {
    user,
    baseId,
    recordId,
    async expectReady() {
      expect((await gateway.call(undefined, 'GET', '/ready')).status).toBe(200);
      expect((await gateway.call(user, 'GET', `/v0/${baseId}/T/${recordId}`)).status).toBe(200);
    },
  };
}
