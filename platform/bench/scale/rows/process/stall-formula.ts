import { byLabel } from '../../records/sorted-page.ts';
import { stalledRequests } from '../../records/stalled-requests.ts';

export const stallFormula = stalledRequests({
  id: 'stall-formula',
  title: 'Largest latency of a record while a list is sorted by a formula field',
  level: byLabel,
});
