import { byAmount, byCity, sortedPage } from '../../records/sorted-page.ts';

export const twoFieldsSecond = sortedPage({
  id: 'two-fields-second',
  title: 'Sorted by a text and a number field, page 2',
  levels: [byCity, byAmount],
  page: 'second',
  goals: [{ kind: 'of-floor', times: 2 }],
});
