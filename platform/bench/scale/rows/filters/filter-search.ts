import { filteredPage } from '../../records/filtered-page.ts';

export const filterSearch = filteredPage({
  id: 'filter-search',
  title: 'Filter: SEARCH in a long text, no match',
  measured: {
    formula: 'SEARCH("unicorn", {Notes})',
    where: ({ Notes }) => `strpos(cells ->> '${Notes}', 'unicorn') > 0`,
  },
  matching: {
    formula: 'SEARCH("Zürich", {Notes})',
    where: ({ Notes }) => `strpos(cells ->> '${Notes}', 'Zürich') > 0`,
  },
  goals: [{ kind: 'of-floor', times: 2 }],
});
