import { filteredPage } from '../../records/filtered-page.ts';

export const filterAnd = filteredPage({
  id: 'filter-and',
  title: 'Filter: AND of a text and a number, no match',
  measured: {
    formula: 'AND({City} = "Atlantis", {Amount} > 100)',
    where: ({ City, Amount }) =>
      `cells ->> '${City}' = 'Atlantis' and (cells ->> '${Amount}')::numeric > 100`,
  },
  matching: {
    formula: 'AND({City} = "Zürich", {Amount} > 100)',
    where: ({ City, Amount }) => `cells ->> '${City}' = 'Zürich' and (cells ->> '${Amount}')::numeric > 100`,
  },
  goals: [
    { kind: 'flat', times: 2 },
    { kind: 'of-floor', times: 2 },
  ],
});
