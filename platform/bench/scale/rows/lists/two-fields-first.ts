import { byAmount, byCity, sortedPage } from '../../records/sorted-page.ts';

export const twoFieldsFirst = sortedPage({
  id: 'two-fields-first',
  title: 'Sorted by a text and a number field, page 1',
  levels: [byCity, byAmount],
  page: 'first',
  goals: [{ kind: 'of-floor', times: 2 }],
});
