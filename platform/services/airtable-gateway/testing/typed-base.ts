import { expect } from 'vitest';
import type { TemporaryAirtableGateway, TestUser } from './temporary-airtable-gateway.ts';

/** A base with a table `All` of all plain and some computed field types, and the tables `Orders` and `Clients`. */
export interface TypedBase {
  user: TestUser;
  baseId: string;
  /** Ids of tables by name. */
  tables: Record<string, string>;
  /** Sends a request, expects status 200 and returns the body. */
  // biome-ignore lint/suspicious/noExplicitAny: tests read bodies of many shapes
  ok(method: string, path: string, body?: unknown): Promise<any>;
  // biome-ignore lint/suspicious/noExplicitAny: tests read bodies of many shapes
  addField(table: string, field: object): Promise<any>;
  // biome-ignore lint/suspicious/noExplicitAny: tests read bodies of many shapes
  create(table: string, fields: object, options?: object): Promise<any>;
  /** The fields of a record. */
  // biome-ignore lint/suspicious/noExplicitAny: tests read bodies of many shapes
  read(table: string, id: string, query?: string): Promise<any>;
}

export async function makeTypedBase(gateway: TemporaryAirtableGateway): Promise<TypedBase> {
  const user = await gateway.user();
  const tables: Record<string, string> = {};

  async function ok(method: string, path: string, body?: unknown) {
    const response = await gateway.call(user, method, path, body);
    expect(response.status, JSON.stringify(response.body)).toBe(200);
    return response.body;
  }

  const made = await ok('POST', '/v0/meta/bases', {
    name: 'Types',
    workspaceId: 'default',
    tables: [
      {
        name: 'All',
        description: 'Every type',
        fields: [
          { name: 'Text', type: 'singleLineText' },
          { name: 'Number', type: 'number', options: { precision: 2 } },
          { name: 'Money', type: 'currency', options: { precision: 2, symbol: '€' } },
          { name: 'Share', type: 'percent', options: { precision: 1 } },
          { name: 'Length', type: 'duration', options: { durationFormat: 'h:mm:ss' } },
          { name: 'Stars', type: 'rating', options: { max: 5, icon: 'star', color: 'yellowBright' } },
          { name: 'Check', type: 'checkbox' },
          { name: 'Day', type: 'date', options: { dateFormat: { name: 'us' } } },
          { name: 'Time', type: 'dateTime', options: { timeZone: 'client', timeFormat: { name: '24hour' } } },
          { name: 'One', type: 'singleSelect', options: { choices: [{ name: 'b' }, { name: 'a' }] } },
          { name: 'Many', type: 'multipleSelects', options: { choices: [{ name: 'x' }, { name: 'y' }] } },
          { name: 'Files', type: 'multipleAttachments' },
          { name: 'Code', type: 'barcode' },
          { name: 'Auto', type: 'autoNumber' },
          { name: 'Created', type: 'createdTime' },
          { name: 'Changed', type: 'lastModifiedTime' },
          { name: 'Double', type: 'formula', options: { formula: '{Number} * 2' } },
        ],
      },
      {
        name: 'Orders',
        fields: [
          { name: 'Title', type: 'singleLineText' },
          { name: 'Sum', type: 'number', options: { precision: 0 } },
        ],
      },
      { name: 'Clients', fields: [{ name: 'Name', type: 'singleLineText' }] },
    ],
  });
  const baseId = made.id;
  for (const { id, name } of made.tables) tables[name] = id;
  return {
    user,
    baseId,
    tables,
    ok,
    addField: (table, field) => ok('POST', `/v0/meta/bases/${baseId}/tables/${tables[table]}/fields`, field),
    create: (table, fields, options = {}) => ok('POST', `/v0/${baseId}/${table}`, { fields, ...options }),
    read: async (table, id, query = '') => (await ok('GET', `/v0/${baseId}/${table}/${id}${query}`)).fields,
  };
}
