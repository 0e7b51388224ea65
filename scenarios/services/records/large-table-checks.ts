import {
  type Account,
  type CheckContext,
  defineCheck,
  empty,
  equals,
} from '../../../harness/engine/index.ts';
import { prepare, type Send, sendAs, sendDirectly } from '../../kit/send-as.ts';
import { textAt, valueAt } from '../../kit/shape.ts';
import { readsFromKeys } from './indexed-pages.ts';
import { largeTableBreaks } from './large-table-breaks.ts';
import { recordCheck } from './record-check.ts';
import { remediation } from './record-fields.ts';

/** More records than `RECORD_INDEX_FROM` of airtable-gateway, whose default is 2,000. */
const size = 2_050;
const perRequest = 10;
/** Requests at the same time. */
const writers = 4;
/** Names in an order that no list has. Some are equal, and numbers in them count as numbers. */
const nameOf = (index: number) => `Item ${(index * 7_919) % 1_500}`;
const pageSize = 100;

interface Row {
  id: string;
  name: string;
  /** Order of creation. */
  number: number;
}

const collator = new Intl.Collator('en', { numeric: true });

/** The ids in the order of names; equal ones in the order of creation. */
const inOrder = (rows: readonly Row[], sign: 1 | -1) =>
  rows.toSorted((a, b) => sign * collator.compare(a.name, b.name) || a.number - b.number).map(({ id }) => id);

const prefix = '/api/airtable';

/** Sends to the service itself where it can be reached. */
function sendTo(context: CheckContext, account: Account): Send {
  if (!context.reaches('airtable-gateway')) return sendAs(context, account);
  const send = sendDirectly(context, account, 'airtable-gateway');
  return (method, path, body) => send(method, path.slice(prefix.length), body);
}

/** Creates the records. They are numbered as the service has stored them. */
async function fill(send: Send, path: string): Promise<Row[]> {
  let next = 0;
  const write = async () => {
    while (next < size) {
      const start = next;
      next += perRequest;
      const indexes = Array.from({ length: Math.min(perRequest, size - start) }, (_, place) => start + place);
      await prepare(send, 'POST', path, {
        records: indexes.map((index) => ({ fields: { Name: nameOf(index), Amount: index % 97 } })),
      });
    }
  };
  await Promise.all(Array.from({ length: writers }, write));
  const rows: Row[] = [];
  for await (const [id, name] of pagesOf(send, path, {})) rows.push({ id, name, number: rows.length });
  return rows;
}

/** The ids and names of all records of a list. */
async function* pagesOf(send: Send, path: string, selection: object): AsyncGenerator<[string, string]> {
  let offset: unknown;
  for (let page = 0; page <= size / pageSize + 2; page += 1) {
    const found = await prepare(send, 'POST', `${path}/listRecords`, { ...selection, pageSize, offset });
    const records = valueAt(found, 'records');
    for (const one of Array.isArray(records) ? records : [])
      yield [textAt(one, 'id'), textAt(one, 'fields', 'Name')];
    offset = valueAt(found, 'offset');
    if (offset === undefined) return;
  }
}

async function idsOf(send: Send, path: string, selection: object): Promise<string[]> {
  const ids: string[] = [];
  for await (const [id] of pagesOf(send, path, selection)) ids.push(id);
  return ids;
}

/** Where two lists differ first. */
function difference(what: string, found: readonly string[], expected: readonly string[]): string[] {
  const place = expected.findIndex((id, index) => found[index] !== id);
  if (place < 0 && found.length === expected.length) return [];
  return [`${what}: ${found.length} records instead of ${expected.length}, different from place ${place}`];
}

export const largeTablesAreRight = defineCheck({
  ...recordCheck,
  id: 'services.airtable-gateway.values-of-large-tables',
  title: 'Lists of a large table are right, also after changes',
  failureTitle: 'A list of a large table has the wrong records or the wrong order',
  why: 'Large tables are read from stored keys instead of the records. A key that is not changed with its record hides the record, or shows it in the wrong place.',
  remediation: {
    ...remediation,
    text: 'embedded/keys of airtable-gateway stores the keys, and embedded/records/list-plan.ts decides when lists use them.',
  },
  timeoutMs: 120_000,
  lasts: 12,
  expects: {
    stored: equals(size),
    problems: empty(),
    readFromKeys: equals(true),
    upserted: equals({ created: 1, updated: 2 }),
  },
  breaks: largeTableBreaks,
  async run(context) {
    const send = sendTo(context, await context.account());
    const base = await prepare(send, 'POST', `${prefix}/v0/meta/bases`, {
      name: context.unique('large'),
      workspaceId: 'default',
      tables: [
        {
          name: 'Items',
          fields: [
            { name: 'Name', type: 'singleLineText' },
            { name: 'Amount', type: 'number', options: { precision: 0 } },
          ],
        },
      ],
    });
    const path = `${prefix}/v0/${textAt(base, 'id')}/${textAt(base, 'tables', 0, 'id')}`;
    let rows = await fill(send, path);
    const stored = rows.length;
    const byName = (direction: 'asc' | 'desc') => ({ sort: [{ field: 'Name', direction }] });
    const problems = difference(
      'before keys are stored',
      await idsOf(send, path, byName('asc')),
      inOrder(rows, 1),
    );

    const readFromKeys = await readsFromKeys(context, () =>
      prepare(send, 'POST', `${path}/listRecords`, { ...byName('asc'), pageSize: 1 }),
    );
    problems.push(...difference('ascending', await idsOf(send, path, byName('asc')), inOrder(rows, 1)));
    problems.push(...difference('descending', await idsOf(send, path, byName('desc')), inOrder(rows, -1)));

    const { upserted, changed } = await changeSome(send, path, rows);
    rows = changed;
    problems.push(...difference('after changes', await idsOf(send, path, byName('asc')), inOrder(rows, 1)));
    for (const name of ['Item 7', 'Moved', 'Fresh', 'Item 1499'])
      problems.push(
        ...difference(
          `filter ${name}`,
          await idsOf(send, path, { filterByFormula: `{Name} = "${name}"` }),
          rows.filter((row) => row.name === name).map(({ id }) => id),
        ),
      );
    return { stored, problems, readFromKeys, upserted };
  },
});

/** Renames a record, deletes three, and upserts three by their names: two that exist once, and a new one. */
async function changeSome(send: Send, path: string, rows: readonly Row[]) {
  const counts = Map.groupBy(rows, ({ name }) => name);
  const single = rows.filter(({ name }) => counts.get(name)?.length === 1);
  const [moved, first, second] = single as [Row, Row, Row];
  const deleted = new Set(rows.slice(-3).map(({ id }) => id));
  await prepare(send, 'PATCH', `${path}/${moved.id}`, { fields: { Name: 'Moved' } });
  await prepare(send, 'DELETE', `${path}?${[...deleted].map((id) => `records[]=${id}`).join('&')}`);
  const found = await prepare(send, 'PATCH', path, {
    performUpsert: { fieldsToMergeOn: ['Name'] },
    records: [first.name, second.name, 'Fresh'].map((Name) => ({ fields: { Name, Amount: 1_000 } })),
  });
  const created = valueAt(found, 'createdRecords');
  const updated = valueAt(found, 'updatedRecords');
  const fresh = Array.isArray(created) ? created.map(String) : [];
  const changed = rows
    .filter(({ id }) => !deleted.has(id))
    .map((row) => (row.id === moved.id ? { ...row, name: 'Moved' } : row));
  return {
    upserted: { created: fresh.length, updated: Array.isArray(updated) ? updated.length : 0 },
    changed: [...changed, ...fresh.map((id, place) => ({ id, name: 'Fresh', number: rows.length + place }))],
  };
}
