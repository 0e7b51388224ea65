import { byName, sortedPage } from '../../records/sorted-page.ts';

export const sortedMiddle = sortedPage({
  id: 'sorted-middle',
  title: 'Sorted by a text field, the page in the middle',
  levels: [byName],
  page: 'middle',
  goals: [
    { kind: 'flat', times: 2 },
    { kind: 'of-floor', times: 2 },
  ],
});
