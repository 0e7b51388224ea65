import { defineCheck, equals, type Json } from '../../../harness/engine/index.ts';
import { prepare, sendAs } from '../../kit/send-as.ts';
import { textAt, valueAt } from '../../kit/shape.ts';
import { linkBreaks } from './record-breaks.ts';
import { recordCheck } from './record-check.ts';
import { number, remediation } from './record-fields.ts';

export const linksAreComputed = defineCheck({
  ...recordCheck,
  id: 'services.airtable-gateway.values-of-computed-fields',
  title: 'Links, counts, lookups, rollups and formulas compute right',
  failureTitle: 'A computed field of a record has a wrong value',
  why: 'Totals of invoices are rollups. A wrong one is believed, since nobody adds them up by hand.',
  remediation,
  expects: {
    before: equals({ Links: 2, Looked: [3, 4.5], Total: 7.5, Twice: 15 }),
    backLinks: equals([1, 1, 0]),
    afterChange: equals({ Links: 2, Looked: [3, 10], Total: 13, Twice: 26 }),
    afterUnlink: equals({ Links: 1, Looked: [10], Total: 10, Twice: 20 }),
    afterDeletion: equals({ Links: 0, Looked: [], Total: 0, Twice: 0 }),
  },
  breaks: linkBreaks,
  async run(context) {
    const send = sendAs(context, await context.account());
    const base = await prepare(send, 'POST', '/api/airtable/v0/meta/bases', {
      name: context.unique('links'),
      workspaceId: 'default',
      tables: [
        {
          name: 'Items',
          fields: [
            { name: 'Name', type: 'singleLineText' },
            { name: 'Price', ...number(2) },
          ],
        },
        { name: 'Orders', fields: [{ name: 'Name', type: 'singleLineText' }] },
      ],
    });
    const id = textAt(base, 'id');
    const [items, orders] = [textAt(base, 'tables', 0, 'id'), textAt(base, 'tables', 1, 'id')];
    const price = valueAt(base, 'tables', 0, 'fields', 1, 'id');
    const addField = async (name: string, type: string, options: object) =>
      textAt(
        await prepare(send, 'POST', `/api/airtable/v0/meta/bases/${id}/tables/${orders}/fields`, {
          name,
          type,
          options,
        }),
        'id',
      );
    const recordLinkFieldId = await addField('Items', 'multipleRecordLinks', { linkedTableId: items });
    await addField('Links', 'count', { recordLinkFieldId });
    await addField('Looked', 'multipleLookupValues', { recordLinkFieldId, fieldIdInLinkedTable: price });
    const rollup = { recordLinkFieldId, fieldIdInLinkedTable: price };
    await addField('Total', 'rollup', { ...rollup, formula: 'SUM(values)' }).catch(() => '');
    await addField('Twice', 'formula', { formula: '{Total} * 2' });
    const records = (table: string) => `/api/airtable/bases/${id}/tables/${table}/records`;
    const made = await prepare(send, 'POST', `${records(items)}/batch`, [
      { Name: 'one', Price: 3 },
      { Name: 'two', Price: 4.5 },
      { Name: 'three', Price: 100 },
    ]);
    const ids = [0, 1, 2].map((index) => textAt(made, 'records', index, 'id'));
    const order = await prepare(send, 'POST', records(orders), { Name: 'order', Items: ids.slice(0, 2) });
    const orderPath = `${records(orders)}/${textAt(order, 'id')}`;
    const state = async (): Promise<Json> => {
      const cells = valueAt(await prepare(send, 'GET', orderPath), 'fields') as Record<string, Json>;
      return {
        Links: cells.Links ?? 0,
        Looked: cells.Looked ?? [],
        Total: cells.Total ?? 0,
        Twice: cells.Twice ?? 0,
      };
    };
    const before = await state();
    const listed = valueAt(await prepare(send, 'GET', records(items)), 'records') as {
      fields: { Orders?: unknown[] };
    }[];
    await prepare(send, 'PATCH', `${records(items)}/${ids[1]}`, { Price: 10 });
    const afterChange = await state();
    await prepare(send, 'PATCH', orderPath, { Items: [ids[1]] });
    const afterUnlink = await state();
    await prepare(send, 'DELETE', `${records(items)}/${ids[1]}`);
    return {
      before,
      backLinks: listed.map(({ fields: cells }) => cells.Orders?.length ?? 0),
      afterChange,
      afterUnlink,
      afterDeletion: await state(),
    };
  },
});
