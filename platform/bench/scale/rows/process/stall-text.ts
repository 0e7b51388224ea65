import { byName } from '../../records/sorted-page.ts';
import { stalledRequests } from '../../records/stalled-requests.ts';

export const stallText = stalledRequests({
  id: 'stall-text',
  title: 'Largest latency of a record while a list is sorted by a text field',
  level: byName,
});
