import { byAmount, sortedPage } from '../../records/sorted-page.ts';

export const numberFirst = sortedPage({
  id: 'number-first',
  title: 'Sorted by a number field, page 1',
  levels: [byAmount],
  page: 'first',
  goals: [
    { kind: 'flat', times: 2 },
    { kind: 'of-floor', times: 2 },
  ],
});
