// biome-ignore-all lint/suspicious/noTemplateCurlyInString: lines of the platform's source
import { type Mutant, replacing } from '../mutant.ts';

const embedded = 'services/airtable-gateway/embedded';
const records = `${embedded}/records`;
const sortKeys = `${embedded}/sorting/sort-keys.ts`;
const recordOrder = `${embedded}/sorting/record-order.ts`;
const lists = ['services.airtable-gateway.values-of-lists'] as const;
const writes = ['services.airtable-gateway.values-of-writes'] as const;

/** Kind 15: records that mean something else than what was stored or asked for. */
export const recordMutants: readonly Mutant[] = [
  {
    id: 'records.sort-ignored',
    kind: 15,
    defect: 'Lists of records are not sorted.',
    changes: [
      replacing(
        recordOrder,
        'if (order !== 0) return descending ? -order : order;',
        'if (order !== 0 && descending === undefined) return order;',
      ),
    ],
    caughtBy: lists,
  },
  {
    id: 'records.sort-reversed',
    kind: 15,
    defect: 'The direction of a sort is ignored.',
    changes: [
      replacing(recordOrder, 'return descending ? -order : order;', 'return descending ? order : order;'),
    ],
    caughtBy: lists,
  },
  {
    id: 'records.numbers-sorted-as-text',
    kind: 15,
    defect: 'Numbers are sorted as texts.',
    changes: [
      replacing(sortKeys, "if (typeof a === 'number' && typeof b === 'number') return a - b;", ''),
      replacing(sortKeys, "numeric: true, sensitivity: 'variant'", "numeric: false, sensitivity: 'variant'"),
    ],
    caughtBy: lists,
  },
  {
    id: 'records.second-page-is-first',
    kind: 15,
    defect: 'Every page of a list is the first one.',
    changes: [
      replacing(
        `${records}/list-records.ts`,
        'return unsortedPage(reader, position.number, wanted);',
        'return unsortedPage(reader, 0, wanted);',
      ),
    ],
    caughtBy: lists,
  },
  {
    id: 'records.pages-skip-one',
    kind: 15,
    defect: 'The first record of each further page is missing.',
    changes: [
      replacing(
        `${records}/list-records.ts`,
        'next: { number: last.number, keys: [] } };',
        'next: { number: last.number + 1, keys: [] } };',
      ),
    ],
    caughtBy: lists,
  },
  {
    id: 'records.maximum-ignored',
    kind: 15,
    defect: 'Lists have more records than the maximum that was asked for.',
    changes: [
      replacing(
        `${records}/list-records.ts`,
        '(selection.maxRecords ?? Number.POSITIVE_INFINITY) - position.given,',
        'Number.POSITIVE_INFINITY - position.given,',
      ),
    ],
    caughtBy: lists,
  },
  {
    id: 'records.filter-ignored',
    kind: 15,
    defect: 'A formula does not filter.',
    changes: [
      replacing(
        `${records}/filter-rows.ts`,
        'if (matches(() => formula.matches(values.view(row), now))) kept.push(row);',
        'if (matches(() => formula.matches(values.view(row), now)) || signal !== undefined) kept.push(row);',
      ),
      replacing(`${records}/filter-rows.ts`, 'condition: short(', 'condition: short(undefined && '),
    ],
    caughtBy: lists,
  },
  {
    id: 'records.typecast-ignored',
    kind: 15,
    defect: 'The option typecast has no effect.',
    changes: [
      replacing(
        `${records}/write-records.ts`,
        'return new CellReader(this.#table, { typecast, extended',
        'return new CellReader(this.#table, { typecast: false, extended',
      ),
    ],
    caughtBy: writes,
  },
  {
    id: 'records.patch-clears-fields',
    kind: 15,
    defect: 'A change of one field clears the others.',
    changes: [
      replacing(
        'services/airtable-gateway/api/record-handlers.ts',
        'updateRecord: (request) => writeOne(upstream, request, false),',
        'updateRecord: (request) => writeOne(upstream, request, true),',
      ),
    ],
    caughtBy: writes,
  },
  {
    id: 'records.put-keeps-fields',
    kind: 15,
    defect: 'Replacing a record keeps the fields that were left out.',
    changes: [
      replacing(
        'services/airtable-gateway/api/record-handlers.ts',
        'replaceRecord: (request) => writeOne(upstream, request, true),',
        'replaceRecord: (request) => writeOne(upstream, request, false),',
      ),
    ],
    caughtBy: writes,
  },
  {
    id: 'records.many-put-keep-fields',
    kind: 15,
    defect: 'Replacing several records keeps the fields that were left out.',
    changes: [
      replacing(
        'services/airtable-gateway/api/record-handlers.ts',
        'replaceRecords: (request) => writeMany(upstream, request, true),',
        'replaceRecords: (request) => writeMany(upstream, request, false),',
      ),
    ],
    caughtBy: writes,
  },
  {
    id: 'records.upsert-always-creates',
    kind: 15,
    defect: 'An upsert creates a record although one matches.',
    changes: [
      replacing(`${records}/write-records.ts`, 'return { id: ids[0], key:', 'return { id: ids[5], key:'),
    ],
    caughtBy: writes,
  },
  {
    id: 'records.upsert-reports-the-wrong-ids',
    kind: 15,
    defect: 'An upsert reports created records as updated.',
    changes: [
      replacing(
        `${records}/write-records.ts`,
        'createdRecords: created, updatedRecords: updated };',
        'createdRecords: updated, updatedRecords: created };',
      ),
    ],
    caughtBy: writes,
  },
  {
    id: 'records.deletion-keeps-the-last',
    kind: 15,
    defect: 'Deleting several records keeps the last one.',
    changes: [
      replacing(
        `${records}/write-records.ts`,
        'await deleteRows(this.#context, this.#table.id, rows);',
        'await deleteRows(this.#context, this.#table.id, rows.length > 1 ? rows.slice(0, -1) : rows);',
      ),
    ],
    caughtBy: writes,
  },
  {
    id: 'records.links-stay-after-deletion',
    kind: 15,
    defect: 'Links to a deleted record stay.',
    changes: [
      replacing(
        `${records}/write-records.ts`,
        'await removeLinksTo(this.#context, this.#table, rows);',
        'await removeLinksTo(this.#context, this.#table, []);',
      ),
    ],
    caughtBy: ['services.airtable-gateway.values-of-computed-fields'],
  },
  {
    id: 'records.count-of-comments-wrong',
    kind: 15,
    defect: 'The number of comments of a record is always zero.',
    changes: [
      replacing(
        `${records}/show-records.ts`,
        'commentCount: comments.get(row.id) ?? 0',
        'commentCount: comments.get(field(row)) ?? 0',
      ),
      replacing(
        `${records}/show-records.ts`,
        'return rows.map((row) => {',
        'const field = ({ id }: RecordRow) => `${id}x`;\n  return rows.map((row) => {',
      ),
    ],
    caughtBy: ['services.airtable-gateway.values-of-comments-and-changes'],
  },
];
