import { defineCheck, equals, type Json } from '../../../harness/engine/index.ts';
import { prepare, type Send, sendAs } from '../../kit/send-as.ts';
import { textAt, valueAt } from '../../kit/shape.ts';
import { changesIn, watchedBase } from '../sagas/saga.ts';
import { historyBreaks, linkBreaks, listBreaks, schemaBreaks } from './record-breaks.ts';
import { recordCheck } from './record-check.ts';

const remediation = {
  text: 'embedded/records of airtable-gateway reads and writes records; formula/ has the filters. The evidence has each request.',
  effort: 'days',
} as const;

const number = (precision: number) => ({ type: 'number', options: { precision } });
const choices = { choices: [{ name: 'Low' }, { name: 'Mid' }, { name: 'High' }] };

const fields = [
  { name: 'Name', type: 'singleLineText' },
  { name: 'Count', ...number(0) },
  { name: 'Price', ...number(2) },
  { name: 'Done', type: 'checkbox', options: { icon: 'check', color: 'greenBright' } },
  { name: 'Day', type: 'date', options: { dateFormat: { name: 'iso' } } },
  { name: 'Level', type: 'singleSelect', options: choices },
];

/** In an order that no sort gives. Numbers sort differently as texts, choices differently from their names. */
const rows = [
  { Name: 'd', Count: 10, Price: 1.5, Done: true, Day: '2026-03-01', Level: 'High' },
  { Name: 'a', Count: 9, Price: -2.25, Day: '2025-12-31', Level: 'Low' },
  { Name: 'c', Count: 100, Price: 10.75, Done: true, Day: '2026-01-15', Level: 'Mid' },
  { Name: 'b', Count: 9, Price: 3, Day: '2024-02-29', Level: 'Low' },
  { Name: 'e' },
];

interface Listed {
  names: string;
  offset: string | undefined;
}

/** Lists records by the older route. @returns the names in their order */
function lister(send: Send, path: string) {
  return async (query: string): Promise<Listed> => {
    const found = await prepare(send, 'GET', `${path}?${query}`);
    const records = valueAt(found, 'records');
    const offset = valueAt(found, 'offset');
    return {
      names: (Array.isArray(records) ? records : []).map((one) => textAt(one, 'fields', 'Name')).join(''),
      offset: typeof offset === 'string' ? offset : undefined,
    };
  };
}

const formulas = {
  '{Count}=9': 'ab',
  '{Count}>9': 'dc',
  'NOT({Done})': 'abe',
  "AND({Level}='Low',{Price}<0)": 'a',
  "OR({Name}='e',{Name}='c')": 'ce',
  "IS_BEFORE({Day},'2026-01-01')": 'ab',
  'LEN({Name}&{Count})>3': 'c',
  'ROUND({Price},0)=11': 'c',
  "FIND('d',{Name})": 'd',
  '{Count}=BLANK()': 'e',
} as const;

const sorts = {
  Name: 'abcde',
  '-Name': 'edcba',
  Count: 'eabdc',
  '-Count': 'cdabe',
  Price: 'eadbc',
  Day: 'ebacd',
  '-Day': 'dcabe',
  Level: 'eabcd',
  '-Level': 'dcabe',
} as const;

export const listsAreRight = defineCheck({
  ...recordCheck,
  id: 'services.airtable-gateway.values-of-lists',
  title: 'Lists of records are sorted, filtered and paged right',
  failureTitle: 'A list of records has the wrong records or the wrong order',
  why: 'Everything that people see of their data is such a list. A missing record is not noticed until it matters.',
  remediation,
  expects: {
    sorted: equals(sorts),
    severalKeys: equals(['eabdc', 'ebadc', 'cdabe']),
    filtered: equals(formulas),
    pages: equals(['da', 'cb', 'e', 'dacbe']),
    sortedPages: equals(['ed', 'cb', 'a']),
    maximum: equals('da'),
    byPost: equals(['cd', 'cd']),
    fieldsOnly: equals([['Count']]),
    view: equals('dacbe'),
    one: equals({ Name: 'c', Count: 100, Price: 10.75, Done: true, Day: '2026-01-15', Level: 'Mid' }),
    asText: equals({
      Name: 'c',
      Count: '100',
      Price: '10.75',
      Done: 'checked',
      Day: '2026-01-15',
      Level: 'Mid',
    }),
  },
  breaks: listBreaks,
  async run(context) {
    const send = sendAs(context, await context.account());
    const base = await prepare(send, 'POST', '/api/airtable/v0/meta/bases', {
      name: context.unique('lists'),
      workspaceId: 'default',
      tables: [{ name: 'Rows', fields }],
    });
    const [id, table] = [textAt(base, 'id'), textAt(base, 'tables', 0, 'id')];
    const path = `/api/airtable/bases/${id}/tables/${table}/records`;
    const made = await prepare(send, 'POST', `${path}/batch`, rows);
    const list = lister(send, path);
    const names = async (query: string) => (await list(query)).names;
    const sorted: Record<string, string> = {};
    for (const sort of Object.keys(sorts)) sorted[sort] = await names(`sort=${sort}`);
    const filtered: Record<string, string> = {};
    for (const formula of Object.keys(formulas))
      filtered[formula] = await names(`filter_by_formula=${encodeURIComponent(formula)}`);
    const pagesOf = async (query: string) => {
      const pages: string[] = [];
      let offset: string | undefined;
      do {
        const page = await list(
          `max_records=2&${query}${offset ? `&offset=${encodeURIComponent(offset)}` : ''}`,
        );
        pages.push(page.names);
        offset = page.offset;
      } while (offset !== undefined && pages.length < 6);
      return pages;
    };
    const pages = await pagesOf('');
    const v0 = `/api/airtable/v0/${id}/${table}`;
    const namesIn = (found: unknown) => {
      const records = valueAt(found, 'records');
      return (Array.isArray(records) ? records : []).map((one) => textAt(one, 'fields', 'Name')).join('');
    };
    const sortBody = { sort: [{ field: 'Count', direction: 'desc' }], maxRecords: 2 };
    const posted = await prepare(send, 'POST', `${v0}/listRecords`, sortBody);
    const got = await prepare(send, 'GET', `${v0}?sort[0][field]=Count&sort[0][direction]=desc&maxRecords=2`);
    const only = await prepare(send, 'GET', `${v0}?fields[]=Count&maxRecords=1`);
    const recordId = textAt(made, 'records', 2, 'id');
    const one = await prepare(send, 'GET', `${path}/${recordId}`);
    const text = await prepare(send, 'GET', `${v0}/${recordId}?cellFormat=string&timeZone=UTC&userLocale=en`);
    return {
      sorted,
      severalKeys: [
        await names('sort=Count&sort=Name'),
        await names('sort=Count&sort=-Name'),
        await names('sort=-Done&sort=-Count&sort=Name'),
      ],
      filtered,
      pages: [...pages, pages.join('')],
      sortedPages: await pagesOf('sort=-Name'),
      maximum: await names('max_records=2'),
      byPost: [namesIn(posted), namesIn(got)],
      fieldsOnly: [Object.keys((valueAt(only, 'records', 0, 'fields') ?? {}) as object)],
      view: await names('view=Grid%20view'),
      one: (valueAt(one, 'fields') ?? null) as Json,
      asText: (valueAt(text, 'fields') ?? null) as Json,
    };
  },
});

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

export const commentsAndHistory = defineCheck({
  ...recordCheck,
  id: 'services.airtable-gateway.values-of-comments-and-changes',
  title: 'Comments and the history of changes are complete',
  failureTitle: 'A comment or a change of a record is missing or wrong',
  why: 'Decisions are in the comments, and integrations live on the payloads of changes. A lost one cannot be found again.',
  remediation,
  expects: {
    comments: equals(['third', 'second, changed', 'first']),
    author: equals(true),
    pages: equals([['third', 'second, changed'], ['first'], true]),
    counted: equals(3),
    afterDeletion: equals([['third', 'first'], 2]),
    changes: equals(['+new', 'new→changed', '+other', '-changed']),
    cursor: equals([2, 5, ['+other', '-changed']]),
    sync: equals(['completed', 'completed', 1]),
  },
  breaks: historyBreaks,
  async run(context) {
    const user = await context.account();
    const send = sendAs(context, user);
    const base = await watchedBase(send);
    const records = `/api/airtable/bases/${base.id}/tables/${base.table}/records`;
    const first = textAt(await prepare(send, 'POST', records, { Name: 'new' }), 'id');
    await prepare(send, 'PATCH', `${records}/${first}`, { Name: 'changed' });
    const other = textAt(await prepare(send, 'POST', records, { Name: 'other' }), 'id');
    const comments = `/api/airtable/v0/${base.id}/${base.table}/${other}/comments`;
    const ids: string[] = [];
    for (const text of ['first', 'second', 'third'])
      ids.push(textAt(await prepare(send, 'POST', comments, { text }), 'id'));
    await prepare(send, 'PATCH', `${comments}/${ids[1]}`, { text: 'second, changed' });
    const read = async (query = '') => {
      const found = await prepare(send, 'GET', `${comments}${query}`);
      const list = valueAt(found, 'comments');
      return { found, texts: (Array.isArray(list) ? list : []).map((one) => textAt(one, 'text')) };
    };
    const all = await read();
    const page = await read('?pageSize=2');
    const next = await read(`?pageSize=2&offset=${encodeURIComponent(textAt(page.found, 'offset'))}`);
    const countOf = async () => {
      const found = await prepare(
        send,
        'GET',
        `/api/airtable/v0/${base.id}/${base.table}/${other}?recordMetadata[]=commentCount`,
      );
      return Number(valueAt(found, 'commentCount'));
    };
    const counted = await countOf();
    await prepare(send, 'DELETE', `${comments}/${ids[1]}`);
    const left = await read();
    await prepare(send, 'DELETE', `${records}/${first}`);
    const payloads = `/api/airtable/v0/bases/${base.id}/webhooks/${base.webhook}/payloads`;
    const part = await prepare(send, 'GET', `${payloads}?cursor=3`);
    const half = await prepare(send, 'GET', `${payloads}?limit=1`);
    const sync = await prepare(send, 'POST', '/api/airtable/sync', { base_id: base.id });
    const log = await prepare(send, 'GET', `/api/airtable/sync/logs/${textAt(sync, 'sync_id')}`);
    const logs = await prepare(send, 'GET', `/api/airtable/sync/logs?base_id=${base.id}`);
    const changes = await changesIn(send, base);
    const payloadsOf = valueAt(part, 'payloads');
    return {
      comments: all.texts,
      author: textAt(all.found, 'comments', 0, 'author', 'email') === user.email,
      pages: [page.texts, next.texts, valueAt(next.found, 'offset') === null],
      counted,
      afterDeletion: [left.texts, await countOf()],
      changes,
      cursor: [
        Number(valueAt(half, 'cursor')),
        Number(valueAt(part, 'cursor')),
        Array.isArray(payloadsOf) && payloadsOf.length === 2 ? changes.slice(2) : [],
      ],
      sync: [textAt(sync, 'sync_status'), textAt(log, 'sync_status'), Number(valueAt(logs, 'total'))],
    };
  },
});

export const schemasAreRight = defineCheck({
  ...recordCheck,
  id: 'services.airtable-gateway.values-of-schemas',
  title: 'Schemas show tables and fields as they were made',
  failureTitle: 'A schema of a base differs from what was made',
  why: 'Clients generate code and forms from the schema. A wrong type or a missing field breaks them.',
  remediation,
  expects: {
    bases: equals([1, 1, 'create']),
    tables: equals(['First: Name singleLineText, Count number', 'Second: Name singleLineText']),
    sameSchema: equals([true, true]),
    renamed: equals(['Renamed', 'described', 'Number']),
    whoami: equals(true),
    byName: equals(['x']),
    cache: equals(true),
  },
  breaks: schemaBreaks,
  async run(context) {
    const user = await context.account();
    const send = sendAs(context, user);
    const name = context.unique('schema');
    const meta = '/api/airtable/v0/meta/bases';
    const base = await prepare(send, 'POST', meta, {
      name,
      workspaceId: 'default',
      tables: [
        { name: 'First', fields: fields.slice(0, 2) },
        { name: 'Second', fields: fields.slice(0, 1) },
      ],
    });
    const [id, table] = [textAt(base, 'id'), textAt(base, 'tables', 0, 'id')];
    const read = (path: string) => prepare(send, 'GET', path);
    const listOf = (found: unknown, key: string) => {
      const list = valueAt(found, key);
      return Array.isArray(list) ? (list as { id: string; name: string }[]) : [];
    };
    const line = (found: unknown) =>
      listOf(found, 'tables').map(
        (one) =>
          `${one.name}: ${(valueAt(one, 'fields') as { name: string; type: string }[])
            .map((field) => `${field.name} ${field.type}`)
            .join(', ')}`,
      );
    const tables = await read(`${meta}/${id}/tables`);
    const plain = await read(`/api/airtable/bases/${id}/tables`);
    const schema = await read(`/api/airtable/bases/${id}/schema`);
    const [bases, older] = [await read(meta), await read('/api/airtable/bases')];
    const count = valueAt(base, 'tables', 0, 'fields', 1, 'id');
    await prepare(send, 'PATCH', `${meta}/${id}/tables/${table}`, {
      name: 'Renamed',
      description: 'described',
    });
    await prepare(send, 'PATCH', `${meta}/${id}/tables/${table}/fields/${count}`, { name: 'Number' });
    const records = `/api/airtable/bases/${id}/tables`;
    await prepare(send, 'POST', `${records}/${table}/records`, { Name: 'x', Number: 1 });
    const changed = await read(`/api/airtable/bases/${id}/schema`);
    const found = await read(`${records}/Renamed/records`);
    const cache = await prepare(send, 'POST', '/api/airtable/cache/invalidate', { base_id: id });
    const who = await read('/api/airtable/v0/meta/whoami');
    return {
      bases: [
        listOf(bases, 'bases').filter((one) => one.name === name).length,
        listOf(older, 'bases').filter((one) => one.id === id).length,
        textAt(
          listOf(older, 'bases').find((one) => one.id === id),
          'permission_level',
        ),
      ],
      tables: line(tables),
      sameSchema: [line(plain).join() === line(tables).join(), line(schema).join() === line(tables).join()],
      renamed: [
        textAt(changed, 'tables', 0, 'name'),
        textAt(changed, 'tables', 0, 'description'),
        textAt(changed, 'tables', 0, 'fields', 1, 'name'),
      ],
      whoami: textAt(who, 'email') === user.email || textAt(who, 'id').startsWith('usr'),
      byName: listOf(found, 'records').map((one) => textAt(one, 'fields', 'Name')),
      cache: typeof valueAt(cache, 'invalidated') === 'number',
    };
  },
});
