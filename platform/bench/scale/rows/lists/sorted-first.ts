import { byName, sortedPage } from '../../records/sorted-page.ts';

export const sortedFirst = sortedPage({
  id: 'sorted-first',
  title: 'Sorted by a text field, page 1',
  levels: [byName],
  page: 'first',
  goals: [
    { kind: 'flat', times: 2 },
    { kind: 'of-floor', times: 2 },
  ],
});
