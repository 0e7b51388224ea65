import { empty } from '../../../harness/engine/index.ts';
import { alarmedNeedlessly, type Dependants, notAlive, unreported } from './judge-outage.ts';
import type { ServiceState } from './service-states.ts';

/** What the services must report while a store is stopped. */
export const reportedOutage = { stillReady: empty(), alarmedNeedlessly: empty(), notAlive: empty() };

/** What they report. */
export function observeReports({ states }: { states: readonly ServiceState[] }, dependants: Dependants) {
  return {
    stillReady: unreported(states, dependants),
    alarmedNeedlessly: alarmedNeedlessly(states, dependants),
    notAlive: notAlive(states),
  };
}
