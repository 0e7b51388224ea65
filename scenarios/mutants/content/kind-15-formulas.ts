import { type Mutant, replacing } from '../mutant.ts';

const lists = ['services.airtable-gateway.values-of-lists'] as const;
const fieldTypes = ['services.airtable-gateway.values-of-field-types'] as const;
const formulas = ['services.airtable-gateway.values-of-formulas'] as const;

/** Kind 15: formulas and fields that have other values. */
export const formulaMutants: readonly Mutant[] = [
  {
    id: 'records.numbers-compared-as-text',
    kind: 15,
    defect: 'Formulas compare numbers as texts.',
    changes: [
      replacing(
        'services/airtable-gateway/formula/compare-values.ts',
        'return x === y ? 0 : x - y;',
        'return String(x) === String(y) ? 0 : String(x) < String(y) ? -1 : 1;',
      ),
    ],
    caughtBy: lists,
  },
  {
    id: 'records.dates-compared-as-text',
    kind: 15,
    defect: 'Formulas do not compare dates with texts.',
    changes: [
      replacing(
        'services/airtable-gateway/formula/compare-values.ts',
        "return typeof value === 'string' ? isoTime(value) : undefined;",
        'return undefined;',
      ),
    ],
    caughtBy: formulas,
  },
  {
    id: 'records.rounding-down',
    kind: 15,
    defect: 'The function ROUND rounds down.',
    changes: [
      replacing(
        'services/airtable-gateway/formula/functions/numeric.ts',
        "rounding('ROUND', (value) => Math.floor(value + 0.5))",
        "rounding('ROUND', (value) => Math.floor(value))",
      ),
    ],
    caughtBy: lists,
  },
  {
    id: 'records.month-before',
    kind: 15,
    defect: 'The function MONTH begins at zero.',
    changes: [replacing('services/airtable-gateway/formula/functions/date.ts', '.month() + 1)', '.month())')],
    caughtBy: formulas,
  },
  {
    id: 'records.maximum-is-minimum',
    kind: 15,
    defect: 'The function MAX returns the smallest number.',
    changes: [
      replacing(
        'services/airtable-gateway/formula/functions/numeric.ts',
        "extreme('MAX', (a, b) => a > b)",
        "extreme('MAX', (a, b) => a < b)",
      ),
    ],
    caughtBy: formulas,
  },
  {
    id: 'records.middle-of-text-shifted',
    kind: 15,
    defect: 'The function MID begins one character too late.',
    changes: [
      replacing(
        'services/airtable-gateway/formula/functions/text.ts',
        "return text.slice(from, from + count(howMany));\n  }),\n  onText('LEN'",
        "return text.slice(from + 1, from + 1 + count(howMany));\n  }),\n  onText('LEN'",
      ),
    ],
    caughtBy: formulas,
  },
  {
    id: 'records.date-a-day-off',
    kind: 15,
    defect: 'Dates are stored a day too early.',
    changes: [
      replacing(
        'services/airtable-gateway/fields/date-kinds.ts',
        'return time === null ? null : new Date(time).toISOString().slice(0, 10);',
        'return time === null ? null : new Date(time - 1).toISOString().slice(0, 10);',
      ),
    ],
    caughtBy: lists,
  },
  {
    id: 'records.time-zone-of-field-ignored',
    kind: 15,
    defect: 'The time zone of a field with date and time is ignored.',
    changes: [
      replacing(
        'services/airtable-gateway/fields/date-kinds.ts',
        "const time = readTime(value, input, own === undefined || own === 'client' ? 'UTC' : own);",
        "const time = readTime(value, input, own === undefined ? 'UTC' : 'UTC');",
      ),
    ],
    caughtBy: fieldTypes,
  },
  {
    id: 'records.percent-not-shown',
    kind: 15,
    defect: 'Percentages are shown as fractions in texts.',
    changes: [
      replacing(
        'services/airtable-gateway/fields/number-kinds.ts',
        'fixed((stored as number) * 100, options)',
        'fixed(stored as number, options)',
      ),
    ],
    caughtBy: fieldTypes,
  },
  {
    id: 'records.select-shows-the-first-choice',
    kind: 15,
    defect: 'A list of choices has only the first of a record.',
    changes: [
      replacing(
        'services/airtable-gateway/fields/choice-kinds.ts',
        'return ids.size === 0 ? null : [...ids];',
        'return ids.size === 0 ? null : [...ids].slice(0, 1);',
      ),
    ],
    caughtBy: fieldTypes,
  },
  {
    id: 'records.negative-durations-lost',
    kind: 15,
    defect: 'Durations lose their seconds when they are read from text.',
    changes: [
      replacing(
        'services/airtable-gateway/fields/number-kinds.ts',
        'Number(clock[1]) * 3600 + Number(clock[2]) * 60 + Number(clock[3] ?? 0);',
        'Number(clock[1]) * 3600 + Number(clock[2]) * 60;',
      ),
    ],
    caughtBy: fieldTypes,
  },
];
