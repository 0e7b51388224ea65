import { byLabel, sortedPage } from '../../records/sorted-page.ts';

export const formulaSecond = sortedPage({
  id: 'formula-second',
  title: 'Sorted by a formula field, page 2',
  levels: [byLabel],
  page: 'second',
  goals: [{ kind: 'of-floor', times: 2 }],
});
