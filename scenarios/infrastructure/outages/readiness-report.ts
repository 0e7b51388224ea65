import { empty, equals } from '../../../harness/engine/index.ts';
import { alarmedNeedlessly, type Dependants, notAlive, reportedHealthy, unreported } from './judge-outage.ts';
import type { PlatformState, ServiceState } from './service-states.ts';

/** What the services and the platform must report while a store is stopped. */
export const reportedOutage = {
  stillReady: empty(),
  alarmedNeedlessly: empty(),
  notAlive: empty(),
  platform: equals('degraded'),
  reportedHealthy: empty(),
};

/** What they report. */
export function observeReports(
  { states, platform }: { states: readonly ServiceState[]; platform: PlatformState | undefined },
  dependants: Dependants,
) {
  return {
    stillReady: unreported(states, dependants),
    alarmedNeedlessly: alarmedNeedlessly(states, dependants),
    notAlive: notAlive(states),
    platform: platform?.status ?? 'no report',
    reportedHealthy: reportedHealthy(platform, dependants.services),
  };
}
