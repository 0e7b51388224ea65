import { byLabel, sortedPage } from '../../records/sorted-page.ts';

export const formulaFirst = sortedPage({
  id: 'formula-first',
  title: 'Sorted by a formula field, page 1',
  levels: [byLabel],
  page: 'first',
  goals: [{ kind: 'of-floor', times: 2 }],
});
