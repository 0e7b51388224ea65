import { defineCheck, equals } from '../../../harness/engine/index.ts';
import { prepare, sendAs } from '../../kit/send-as.ts';
import { asJson, listAt, textAt, valueAt } from '../../kit/shape.ts';
import { readCsv } from './read-csv.ts';
import { createStock, recordsPath, stock, stockSize } from './stock.ts';
import { readingToolBreaks } from './tool-breaks.ts';
import { call, number, toolCheck } from './tool-call.ts';

const total = (stockSize * (stockSize + 1)) / 2;
export const readingTools = defineCheck({
  ...toolCheck,
  id: 'services.mcp-server.values-of-reading-tools',
  title: 'Every tool that reads returns exactly what is stored',
  failureTitle: 'A tool of the model returns wrong, too few or too many data',
  why: 'Models and scripts act on these results without looking at the table. A missing last row is a wrong decision.',
  remediation: {
    text: 'The tools are in tools/ of mcp-server; they read by readRecords of airtable.ts, page by page.',
    effort: 'days',
  },
  expects: {
    listBases: equals([1, 'create', true]),
    listTables: equals(['Stock: 3 fields, 1 views, What there is', 'Other: 3 fields, 1 views, null']),
    getRecords: equals([stockSize, stockSize, total, false, stock[0]?.Name ?? '', stock.at(-1)?.Name ?? '']),
    getSome: equals([3, true, [1, 2, 3]]),
    getFiltered: equals([[104, 105], false]),
    search: equals(['Item 10', 'Item 100', 'Item 101', 'Item 102', 'Item 103', 'Item 104']),
    searchField: equals([0, 42, true]),
    fieldInfo: equals([
      'Name singleLineText primary null',
      'Amount number - {"precision":0}',
      'City singleLineText - null',
    ]),
    analysis: equals({
      sampled: 100,
      complete: false,
      amount: [100, 1, 100, { min: 1, max: 100, average: 50.5 }],
      city: [80, 0.8, 4, ' berlin : 20', 'Berlin: 20', 'Oslo: 20', 'Rome: 20'],
      insights: [
        'Amount is different in every sampled record.',
        'Name is different in every sampled record.',
      ],
    }),
    duplicates: equals({
      groups: ['berlin: 42', 'oslo: 21', 'rome: 21'],
      duplicate_records: 81,
      checked: stockSize,
      complete: true,
    }),
    noDuplicates: equals([0, 0]),
    csv: equals({ rows: stockSize, complete: true, different: [], columns: ['Name', 'Amount', 'City'] }),
    csvPart: equals({ rows: 2, complete: false, text: 'Amount\r\n1\r\n2\r\n' }),
    sync: equals({
      to_create: ['Item 2'],
      to_update: ['Item 3: City'],
      unchanged: 1,
      only_in_target: ['Only here'],
      common: ['Amount', 'City'],
    }),
  },
  breaks: readingToolBreaks,
  async run(context) {
    const send = sendAs(context, await context.account());
    const base = await createStock(send, context.unique('stock'));
    const inStock = { base_id: base.id, table_id: base.table };
    const bases = await call(send, 'list_bases', {});
    const own = listAt(bases, 'bases').find((one) => textAt(one, 'id') === base.id);
    const tables = listAt(await call(send, 'list_tables', { base_id: base.id }), 'tables');
    const records = async (more: object) => {
      const found = await call(send, 'get_records', { ...inStock, ...more });
      const rows = listAt(found, 'records').map((one) => valueAt(one, 'fields') as Record<string, unknown>);
      return { count: number(valueAt(found, 'count')), more: valueAt(found, 'more') === true, rows };
    };
    const amounts = (rows: readonly Record<string, unknown>[]) => rows.map(({ Amount }) => number(Amount));
    const all = await records({ max_records: 1000 });
    const some = await records({ max_records: 3 });
    const filtered = await records({ filter_by_formula: '{Amount} > 103' });
    const search = await call(send, 'search_records', { ...inStock, query: 'iTem 10' });
    const inCity = await call(send, 'search_records', { ...inStock, query: 'item', fields: ['City'] });
    const berlin = await call(send, 'search_records', { ...inStock, query: 'BERLIN' });
    const limited = await call(send, 'search_records', { ...inStock, query: 'item', max_records: 5 });
    const info = listAt(await call(send, 'get_field_info', inStock), 'fields');
    const analysis = await call(send, 'analyze_table_data', inStock);
    const analysed = (name: string) => listAt(analysis, 'fields').find((one) => textAt(one, 'name') === name);
    const [amount, city] = [analysed('Amount'), analysed('City')];
    const duplicates = await call(send, 'find_duplicates', { ...inStock, fields: ['City'] });
    const none = await call(send, 'find_duplicates', { ...inStock, fields: ['Name', 'City'] });
    const exported = await call(send, 'export_table_csv', inStock);
    const part = await call(send, 'export_table_csv', { ...inStock, fields: ['Amount'], max_records: 2 });
    await prepare(send, 'POST', `${recordsPath(base, base.other)}/batch`, [
      stock[3],
      { ...stock[2], City: 'Elsewhere' },
      { Name: 'Only here', Amount: 9 },
    ]);
    const cells = readCsv(textAt(exported, 'csv'));
    // A cell that a spreadsheet would run has an apostrophe before it.
    const wanted = [
      ['Name', 'Amount', 'City'],
      ...stock.map(({ Name, Amount, City }) => [Name.replace(/^=/, "'="), String(Amount), City]),
    ];
    const different = wanted.flatMap((row, index) =>
      JSON.stringify(cells[index]) === JSON.stringify(row)
        ? []
        : [`row ${index}: ${JSON.stringify(cells[index])}`],
    );
    const source = await prepare(send, 'POST', `/api/airtable/v0/meta/bases/${base.id}/tables`, {
      name: 'Source',
      fields: [
        { name: 'Name', type: 'singleLineText' },
        { name: 'Amount', type: 'number', options: { precision: 0 } },
        { name: 'City', type: 'singleLineText' },
      ],
    });
    const sourceId = textAt(source, 'id');
    await prepare(send, 'POST', `${recordsPath(base, sourceId)}/batch`, stock.slice(1, 4));
    const sync = await call(send, 'sync_tables', {
      source_base_id: base.id,
      source_table_id: sourceId,
      target_base_id: base.id,
      target_table_id: base.other,
      key_field: 'Name',
    });
    const texts = (list: unknown[]) => list.map(String);
    return {
      listBases: [
        number(valueAt(bases, 'count')),
        textAt(own, 'permission_level'),
        valueAt(bases, 'complete') === true,
      ],
      listTables: tables.map(
        (one) =>
          `${textAt(one, 'name')}: ${valueAt(one, 'field_count')} fields, ${valueAt(one, 'view_count')} views, ${valueAt(one, 'description')}`,
      ),
      getRecords: [
        all.count,
        all.rows.length,
        amounts(all.rows).reduce((sum, value) => sum + value, 0),
        all.more,
        String(all.rows[0]?.Name),
        String(all.rows.at(-1)?.Name),
      ],
      getSome: [some.count, some.more, amounts(some.rows)],
      getFiltered: [amounts(filtered.rows), filtered.more],
      search: listAt(search, 'records').map((one) => textAt(one, 'fields', 'Name')),
      searchField: [
        number(valueAt(inCity, 'count')),
        number(valueAt(berlin, 'count')),
        valueAt(limited, 'more') === true && valueAt(limited, 'count') === 5,
      ],
      fieldInfo: info.map(
        (one) =>
          `${textAt(one, 'name')} ${textAt(one, 'type')} ${valueAt(one, 'is_primary') ? 'primary' : '-'} ${JSON.stringify(valueAt(one, 'options'))}`,
      ),
      analysis: {
        sampled: asJson(valueAt(analysis, 'sampled')),
        complete: asJson(valueAt(analysis, 'complete')),
        amount: ['filled', 'fill_rate', 'distinct', 'numbers'].map((name) => asJson(valueAt(amount, name))),
        city: [
          ...['filled', 'fill_rate', 'distinct'].map((name) => asJson(valueAt(city, name))),
          ...listAt(city, 'most_common').map((one) => `${textAt(one, 'value')}: ${valueAt(one, 'count')}`),
        ],
        insights: texts(listAt(analysis, 'insights')).sort(),
      },
      duplicates: {
        groups: listAt(duplicates, 'groups')
          .map((one) => `${textAt(one, 'values', 'City')}: ${listAt(one, 'record_ids').length}`)
          .sort(),
        duplicate_records: asJson(valueAt(duplicates, 'duplicate_records')),
        checked: asJson(valueAt(duplicates, 'checked')),
        complete: asJson(valueAt(duplicates, 'complete')),
      },
      noDuplicates: [listAt(none, 'groups').length, number(valueAt(none, 'duplicate_records'))],
      csv: {
        rows: asJson(valueAt(exported, 'rows')),
        complete: asJson(valueAt(exported, 'complete')),
        different:
          cells.length === wanted.length
            ? different
            : [...different, `${cells.length} lines instead of ${wanted.length}`],
        columns: texts(listAt(exported, 'columns')),
      },
      csvPart: {
        rows: asJson(valueAt(part, 'rows')),
        complete: asJson(valueAt(part, 'complete')),
        text: textAt(part, 'csv'),
      },
      sync: {
        to_create: texts(listAt(sync, 'to_create')),
        to_update: listAt(sync, 'to_update').map(
          (one) => `${textAt(one, 'key')}: ${listAt(one, 'fields').join()}`,
        ),
        unchanged: asJson(valueAt(sync, 'unchanged')),
        only_in_target: texts(listAt(sync, 'only_in_target')),
        common: texts(listAt(sync, 'common_fields')),
      },
    };
  },
});
