import { defineCheck } from '../../harness/engine/index.ts';
import { registrationWorks } from '../authentication/check-fields.ts';
import { readyCheckId } from '../services/operational-routes.ts';
import { loadProfiles } from './load-profiles.ts';
import { loadOf, observationsOf, pathsOfIteration, requirementsOf } from './signed-in-load.ts';

const { steady } = loadProfiles;

export const errorRateUnderLoad = defineCheck({
  id: 'api.load.error-rate-below-5-percent',
  title: 'Fewer than 5 % of requests fail under steady load',
  why: 'The assessment asks for error rates below 5 %. The arrival rate is constant, so a slow platform cannot slow down its own test.',
  category: 'api',
  severity: 'blocker',
  weight: 2,
  conditions: ['error-rate'],
  destructive: { kind: 'load', effect: 'sends steady load to the gateway' },
  requires: ['k6'],
  needs: [registrationWorks, readyCheckId('user-service')],
  services: ['gateway', 'platform-services', 'user-service'],
  isolation: 'exclusive',
  timeoutMs: 90_000,
  remediation: {
    text: 'The evidence lists failures by request and status. 429: the limits are below normal use. 502 to 504: a service behind the gateway is slow or down. Long times without errors: check pool size, event-loop lag and the slowest query.',
    effort: 'days',
  },
  expects: requirementsOf(steady),
  run: async ({ account, load }) => {
    const users = await Promise.all(pathsOfIteration.map(() => account()));
    return observationsOf(await load.run(loadOf(steady, (index) => users[index]?.accessToken ?? '')));
  },
});
