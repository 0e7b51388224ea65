import { defineCheck, equals, type Json } from '../../../harness/engine/index.ts';
import { prepare, type Send, sendAs } from '../../kit/send-as.ts';
import { textAt, valueAt } from '../../kit/shape.ts';
import { listBreaks } from './record-breaks.ts';
import { recordCheck } from './record-check.ts';
import { fields, formulas, remediation } from './record-fields.ts';

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
