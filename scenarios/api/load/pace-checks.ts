import { defineCheck, empty, type Json, type LoadResult, matches } from '../../../harness/engine/index.ts';
import { serviceNames } from '../../../platform/contracts/service.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { readyCheckId } from '../../services/operational-routes.ts';
import { paceBreaks } from './load-breaks.ts';
import { mostAreSlow, pacesOf, slowerRoutes, slowRoutes } from './pace.ts';
import { objectSteps } from './pace-objects.ts';
import { paceFlows } from './pace-routes.ts';
import { untilMeasured } from './until-measured.ts';
import { createUsers } from './user-mix.ts';

/** Requests of each route by each user, in sequence. */
const rounds = 4;
const userCount = 2;

export const keepsPace = defineCheck({
  id: 'api.load.routes-keep-pace',
  title: 'Every route is fast compared with a bare server',
  failureTitle: 'Routes are slow although nothing else runs',
  why: 'A route that takes 150 ms instead of 3 ms is within every absolute limit, and users wait for it on every page.',
  category: 'api',
  severity: 'high',
  needs: [registrationWorks, ...serviceNames.map(readyCheckId)],
  services: serviceNames,
  isolation: 'exclusive',
  destructive: { kind: 'load', effect: 'sends some hundred requests in sequence' },
  timeoutMs: 120_000,
  remediation: {
    text: 'Look at the trace of one such request: which service, which statement or which call takes the time. The evidence has the times of all routes.',
    effort: 'days',
  },
  expects: {
    slow: empty(),
    /** Routes that are much slower than in the accepted baseline. */
    slowerThanBaseline: empty(),
    /** The run of the baseline, or why there is none to compare with. */
    comparedWith: matches(/\S/),
    failing: empty(),
  },
  breaks: paceBreaks,
  run: async (context) => {
    const users = await createUsers(context, userCount);
    const flows = paceFlows(users, await objectSteps(context, users));
    const round = flows.reduce((sum, { weight }) => sum + weight, 0);
    const send = (name: string, iterations: number) =>
      context.load.run({ name, flows, model: { iterations, concurrency: 1 } });
    const judge = async (result: LoadResult) => {
      const { paces, failing } = pacesOf(result.steps);
      const { baseline } = context.load;
      await context.keep('paces.json', { machine: baseline.machine, paces } as unknown as Json);
      const slow = slowRoutes(paces);
      const slower = baseline.paces ? slowerRoutes(paces, baseline.paces) : [];
      return {
        observed: {
          slow: slow.map(({ text }) => text),
          slowerThanBaseline: slower,
          comparedWith: baseline.paces ? `run ${baseline.run}` : `nothing: ${baseline.reason}`,
          failing,
        },
        results: [result],
        decided: slow.length + slower.length === 0 || slow.some(({ sure }) => sure),
      };
    };
    const warmUp = await send('warm-up', round);
    // A platform that is slow everywhere would not answer all rounds within the time limit.
    if (mostAreSlow(pacesOf(warmUp.steps).paces)) return (await judge(warmUp)).observed;
    return untilMeasured(async () => judge(await send('pace', rounds * round)));
  },
});
