import { filteredPage } from '../../records/filtered-page.ts';

export const filterText = filteredPage({
  id: 'filter-text',
  title: 'Filter: a text equals a constant, no match',
  measured: {
    formula: '{Name} = "nobody"',
    where: ({ Name }) => `cells ->> '${Name}' = 'nobody'`,
  },
  matching: {
    formula: '{Name} = "Marie Nguyễn"',
    where: ({ Name }) => `cells ->> '${Name}' = 'Marie Nguyễn'`,
  },
  goals: [
    { kind: 'flat', times: 2 },
    { kind: 'of-floor', times: 2 },
  ],
});
