import { filteredPage } from '../../records/filtered-page.ts';

export const filterDate = filteredPage({
  id: 'filter-date',
  title: 'Filter: a date is after a constant, no match',
  measured: {
    formula: 'IS_AFTER({Due}, "2090-01-01")',
    where: ({ Due }) => `cells ->> '${Due}' > '2090-01-01'`,
  },
  matching: {
    formula: 'IS_AFTER({Due}, "2020-06-01")',
    where: ({ Due }) => `cells ->> '${Due}' > '2020-06-01'`,
  },
  goals: [
    { kind: 'flat', times: 2 },
    { kind: 'of-floor', times: 2 },
  ],
});
