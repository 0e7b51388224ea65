import { defineCheck, empty, equals } from '../../../harness/engine/index.ts';
import { prepare, sendAs } from '../../kit/send-as.ts';
import { textAt, valueAt } from '../../kit/shape.ts';
import { formulaBreaks } from './field-breaks.ts';
import { falseFormulas, trueFormulas } from './formulas.ts';
import { recordCheck } from './record-check.ts';
import { number } from './record-fields.ts';

/** Number of filters at the same time. */
const atOnce = 4;

export const formulasCompute = defineCheck({
  ...recordCheck,
  id: 'services.airtable-gateway.values-of-formulas',
  title: 'Every function of formulas computes the right value',
  failureTitle: 'A function of a formula computes a wrong value',
  why: 'Filters, rollups and reports are formulas. A month that is one off, or a number that is compared as text, is believed.',
  users: 1,
  remediation: {
    text: 'formula/functions of airtable-gateway has the functions, compare-values.ts the comparisons. Each line is a formula that holds for the record or must not.',
    effort: 'hours',
  },
  expects: { false: empty(), true: empty(), formulas: equals(trueFormulas.length + falseFormulas.length) },
  breaks: formulaBreaks,
  async run(context) {
    const send = sendAs(context, await context.account());
    const base = await prepare(send, 'POST', '/api/airtable/v0/meta/bases', {
      name: context.unique('formulas'),
      workspaceId: 'default',
      tables: [
        {
          name: 'Rows',
          fields: [
            { name: 'Name', type: 'singleLineText' },
            { name: 'Count', ...number(0) },
            { name: 'Price', ...number(2) },
            { name: 'Day', type: 'date', options: { dateFormat: { name: 'iso' } } },
            { name: 'Empty', type: 'singleLineText' },
          ],
        },
      ],
    });
    // The routes of pages have no limit per base, which so many formulas would meet.
    const table = `/api/airtable/bases/${textAt(base, 'id')}/tables/${textAt(base, 'tables', 0, 'id')}/records`;
    await prepare(send, 'POST', table, { Name: 'Ada Lovelace', Count: 10, Price: -2.25, Day: '2024-02-29' });
    const holds = async (formula: string): Promise<boolean | string> => {
      const found = await send('GET', `${table}?filter_by_formula=${encodeURIComponent(formula)}`);
      const records = valueAt(found.json, 'records');
      return Array.isArray(records) ? records.length === 1 : `${found.status} ${found.text.slice(0, 200)}`;
    };
    const wrong = async (formulas: readonly string[], wanted: boolean): Promise<string[]> => {
      const waiting = [...formulas];
      const found: string[] = [];
      const work = async () => {
        for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
          const seen = await holds(next);
          if (seen !== wanted) found.push(typeof seen === 'string' ? `${next}: ${seen}` : next);
        }
      };
      await Promise.all(Array.from({ length: atOnce }, work));
      return found;
    };
    return {
      false: await wrong(trueFormulas, true),
      true: await wrong(falseFormulas, false),
      formulas: trueFormulas.length + falseFormulas.length,
    };
  },
});
