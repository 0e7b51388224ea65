import type { Break } from '../../../harness/engine/index.ts';
import { alteredJson } from '../../kit/altered-response.ts';

export const fieldBreaks: readonly Break[] = [
  {
    defect: 'Dates are shown a day too early.',
    changes: [
      alteredJson('GET', /\/Rows\/rec/, (body) => {
        if (body.fields.date === '2024-02-29') body.fields.date = '2024-02-28';
      }),
    ],
    violates: ['read', 'text'],
  },
  {
    defect: 'Percentages are converted without their sign.',
    changes: [
      alteredJson('GET', /\/Rows\/rec[^?]*$/, (body) => {
        if (body.fields.percent === 0.5) body.fields.percent = 50;
      }),
    ],
    violates: ['cast'],
  },
];

/** Lets one formula have another result. */
const resultOf = (formula: RegExp, records: (found: unknown[]) => unknown[]) => ({
  kind: 'exchange' as const,
  method: 'GET',
  path: /\/records\?filter_by_formula=/,
  response({ body }: { body: Buffer }, { url }: { url: string }) {
    if (!formula.test(new URL(url, 'http://gateway').searchParams.get('filter_by_formula') ?? '')) return {};
    const json = JSON.parse(body.toString());
    return { body: Buffer.from(JSON.stringify({ ...json, records: records(json.records) })) };
  },
});

export const formulaBreaks: readonly Break[] = [
  {
    defect: 'The function MONTH begins at zero.',
    changes: [resultOf(/^MONTH/, () => [])],
    violates: ['false'],
  },
  {
    defect: 'Formulas compare texts without their case.',
    changes: [resultOf(/ada lovelace'$/, () => [{ id: 'rec', fields: {} }])],
    violates: ['true'],
  },
];
