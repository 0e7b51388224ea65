import { type CheckContext, defineCheck, equals, type Json } from '../../../harness/engine/index.ts';
import { prepare, type Send, sendAs } from '../../kit/send-as.ts';
import { textAt, valueAt } from '../../kit/shape.ts';
import { recordCheck } from './record-check.ts';
import { writeBreaks } from './write-breaks.ts';

const fields = [
  { name: 'Name', type: 'singleLineText' },
  { name: 'Count', type: 'number', options: { precision: 0 } },
  { name: 'Note', type: 'multilineText' },
  { name: 'Level', type: 'singleSelect', options: { choices: [{ name: 'Low' }, { name: 'High' }] } },
];

/** A table of records that each write is judged by: what is stored afterwards, and not what the response says. */
async function openTable(context: Pick<CheckContext, 'unique'>, send: Send) {
  const base = await prepare(send, 'POST', '/api/airtable/v0/meta/bases', {
    name: context.unique('writes'),
    workspaceId: 'default',
    tables: [{ name: 'Rows', fields }],
  });
  const id = textAt(base, 'id');
  const table = `/api/airtable/v0/${id}/Rows`;
  // Read by the routes of pages, which have no limit per base.
  const rows = `/api/airtable/bases/${id}/tables/${textAt(base, 'tables', 0, 'id')}/records`;
  const line = (record: unknown) =>
    fields.map(({ name }) => String(valueAt(record, 'fields', name) ?? '')).join('|');
  const linesOf = (found: unknown) => {
    const records = valueAt(found, 'records');
    return (Array.isArray(records) ? records : []).map(line);
  };
  return {
    table,
    line,
    linesOf,
    stored: async () => linesOf(await prepare(send, 'GET', rows)),
    read: async (record: string | undefined) => line(await prepare(send, 'GET', `${rows}/${record}`)),
  };
}

const idsOf = (found: unknown, list = 'records'): string[] => {
  const ids = valueAt(found, list);
  return (Array.isArray(ids) ? ids : []).map((one) => (typeof one === 'string' ? one : textAt(one, 'id')));
};

export const writesAreExact = defineCheck({
  ...recordCheck,
  id: 'services.airtable-gateway.values-of-writes',
  title: 'Every write of records stores what it says, and no more',
  failureTitle: 'A write of records clears, keeps or creates the wrong values',
  why: 'PATCH keeps the fields that it does not name, PUT clears them, an upsert matches. A client that mixes them up loses data without an error.',
  remediation: {
    text: 'api/record-handlers.ts and embedded/records/write-records.ts of airtable-gateway. Each observation is named like the write after which the table was read.',
    effort: 'hours',
  },
  expects: {
    created: equals(['a|1|first|Low', 'b|2|second|High', 'c|3|third|']),
    patchOne: equals(['a|10|first|Low', 'a|10|first|Low']),
    patchMany: equals(['a|11|first|Low', 'b|21|second|High']),
    putOne: equals(['a|12||', 'a|12||']),
    putMany: equals(['b|22||', 'c|32||']),
    cleared: equals('a|||'),
    upserted: equals([['b|23||', 'd|4||'], ['d'], ['b'], ['a|||', 'b|23||', 'c|32||', 'd|4||']]),
    upsertReplaces: equals(['b|24||', 'c|32||']),
    ambiguous: equals([422, 4]),
    typecast: equals(['e|5||Extra', 422, 422]),
    byFieldId: equals(true),
    atOnce: equals([422, 5]),
    deletedOne: equals([true, 4]),
    deletedMany: equals([2, ['c|32||', 'd|4||']]),
  },
  breaks: writeBreaks,
  async run(context) {
    const send = sendAs(context, await context.account());
    const { table, line, linesOf, stored, read } = await openTable(context, send);
    const made = await prepare(send, 'POST', table, {
      records: [
        { fields: { Name: 'a', Count: 1, Note: 'first', Level: 'Low' } },
        { fields: { Name: 'b', Count: 2, Note: 'second', Level: 'High' } },
        { fields: { Name: 'c', Count: 3, Note: 'third' } },
      ],
    });
    const ids = idsOf(made);
    const [a, b, c] = ids;
    const created = await stored();
    const patched = await prepare(send, 'PATCH', `${table}/${a}`, { fields: { Count: 10 } });
    const patchOne = [line(patched), await read(a)];
    await prepare(send, 'PATCH', table, {
      records: [
        { id: a, fields: { Count: 11 } },
        { id: b, fields: { Count: 21 } },
      ],
    });
    const patchMany = [await read(a), await read(b)];
    const put = await prepare(send, 'PUT', `${table}/${a}`, { fields: { Name: 'a', Count: 12 } });
    const putOne = [line(put), await read(a)];
    await prepare(send, 'PUT', table, {
      records: [
        { id: b, fields: { Name: 'b', Count: 22 } },
        { id: c, fields: { Name: 'c', Count: 32 } },
      ],
    });
    const putMany = [await read(b), await read(c)];
    await prepare(send, 'PATCH', `${table}/${a}`, { fields: { Count: null } });
    const cleared = await read(a);
    const upsert = (method: string, records: object[], fieldsToMergeOn = ['Name']) =>
      send(method, table, { performUpsert: { fieldsToMergeOn }, records });
    const merged = (
      await upsert('PATCH', [{ fields: { Name: 'b', Count: 23 } }, { fields: { Name: 'd', Count: 4 } }])
    ).json;
    const names = new Map(await Promise.all(idsOf(merged).map(async (id) => [id, await read(id)] as const)));
    const nameOf = (id: string) => (names.get(id) ?? 'none').split('|')[0] ?? '';
    const upserted: Json = [
      linesOf(merged),
      idsOf(merged, 'createdRecords').map(nameOf),
      idsOf(merged, 'updatedRecords').map(nameOf),
      await stored(),
    ];
    await prepare(send, 'PATCH', `${table}/${b}`, { fields: { Note: 'cleared by the next one' } });
    await upsert('PUT', [{ fields: { Name: 'b', Count: 24 } }]);
    const upsertReplaces = [await read(b), await read(c)];
    await prepare(send, 'PATCH', `${table}/${c}`, { fields: { Count: 24 } });
    const ambiguous = (await upsert('PATCH', [{ fields: { Count: 24, Note: 'both' } }], ['Count'])).status;
    const afterAmbiguous = (await stored()).filter((one) => !one.includes('both')).length;
    await prepare(send, 'PATCH', `${table}/${c}`, { fields: { Count: 32 } });
    const cast = { fields: { Name: 'e', Count: '5', Level: 'Extra' } };
    const withCast = await send('POST', table, { ...cast, typecast: true });
    const withoutCast = await send('POST', table, { fields: { Name: 'f', Count: '5' } });
    const unknownChoice = await send('POST', table, { fields: { Name: 'f', Level: 'Unknown' } });
    const byId = await prepare(send, 'GET', `${table}/${a}?returnFieldsByFieldId=true`);
    // One invalid record: none of them may be stored.
    const half = await send('POST', table, {
      records: [{ fields: { Name: 'g' } }, { fields: { Name: 'h', Count: 'not a number' } }],
    });
    const afterHalf = (await stored()).length;
    const deletion = (await send('DELETE', `${table}/${textAt(withCast.json, 'id')}`)).json;
    const afterOne = (await stored()).length;
    const gone = await prepare(send, 'DELETE', `${table}?records[]=${a}&records[]=${b}`);
    return {
      created,
      patchOne,
      patchMany,
      putOne,
      putMany,
      cleared,
      upserted,
      upsertReplaces,
      ambiguous: [ambiguous, afterAmbiguous],
      typecast: [line(withCast.json), withoutCast.status, unknownChoice.status],
      byFieldId: Object.keys((valueAt(byId, 'fields') ?? {}) as object).every((key) => key.startsWith('fld')),
      atOnce: [half.status, afterHalf],
      deletedOne: [valueAt(deletion, 'deleted') === true, afterOne],
      deletedMany: [idsOf(gone).length, await stored()],
    };
  },
});
