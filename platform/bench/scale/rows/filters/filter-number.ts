import { filteredPage } from '../../records/filtered-page.ts';

export const filterNumber = filteredPage({
  id: 'filter-number',
  title: 'Filter: a number is below a constant, no match',
  measured: {
    formula: '{Amount} < -1',
    where: ({ Amount }) => `(cells ->> '${Amount}')::numeric < -1`,
  },
  matching: {
    formula: '{Amount} < 1000',
    where: ({ Amount }) => `coalesce((cells ->> '${Amount}')::numeric, 0) < 1000`,
  },
  goals: [
    { kind: 'flat', times: 2 },
    { kind: 'of-floor', times: 2 },
  ],
});
