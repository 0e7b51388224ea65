import {
  atLeast,
  atMost,
  defineCheck,
  empty,
  type LoadResult,
  type LoadStage,
  measurement,
  rateBelow,
  referenceStep,
} from '../../../harness/engine/index.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { readyCheckId } from '../../services/operational-routes.ts';
import { limitsMs } from './cluster-load.ts';
import { errorRateBreaks } from './load-breaks.ts';
import { loadServices } from './load-services.ts';
import { profiles } from './profiles.ts';
import { untilMeasured } from './until-measured.ts';
import { budgetsMs, createUsers, userMix } from './user-mix.ts';

const { stages, users } = profiles.smoke;

/** What an open load must show. */
export function requirementsOf(expected: readonly LoadStage[]) {
  const iterations = expected.reduce((sum, { rate, duration }) => sum + rate * duration, 0);
  return {
    errors: rateBelow(5, 59),
    /** Requests whose 95th percentile is above the budget. */
    overBudget: empty(),
    p95: atMost(limitsMs.p95, 'ms'),
    p99: atMost(limitsMs.p99, 'ms'),
    // Iterations that the generator could not start are its own failure, not the product's. Those that wait for a
    // slow product show in the times.
    iterations: measurement(atLeast(iterations * 0.95, 'iterations')),
    dropped: measurement(atMost(0, 'iterations')),
  };
}

/** What the load has shown of the platform. Times are rounded up, so rounding never meets a limit. */
export function observationsOf({ failed, total, steps, iterations, dropped, p95Ms, p99Ms }: LoadResult) {
  const requests = steps.filter(({ name }) => name !== referenceStep.name);
  return {
    errors: { failed, total },
    overBudget: requests.flatMap((step) => {
      const budget = budgetsMs[step.name] ?? limitsMs.p95;
      return step.total > step.failed && step.p95Ms > budget
        ? [`${step.name}: 95 % within ${Math.ceil(step.p95Ms)} ms, budget ${budget} ms`]
        : [];
    }),
    p95: Math.ceil(p95Ms * 10) / 10,
    p99: Math.ceil(p99Ms * 10) / 10,
    iterations,
    dropped,
  };
}

/** Even the fastest response is over the budget, by more than what a bare server needed at the same time. */
const isSlowForSure = ({ steps }: LoadResult): boolean => {
  const referenceMs = steps.find(({ name }) => name === referenceStep.name)?.p95Ms ?? 0;
  return steps.some(
    ({ name, minMs, total, failed }) =>
      total > failed && minMs > (budgetsMs[name] ?? limitsMs.p95) + 4 * referenceMs,
  );
};

const isInTime = ({ overBudget, p95, p99, dropped }: ReturnType<typeof observationsOf>): boolean =>
  overBudget.length === 0 && p95 <= limitsMs.p95 && p99 <= limitsMs.p99 && dropped === 0;

export const errorRateUnderLoad = defineCheck({
  id: 'api.load.error-rate-below-5-percent',
  title: 'Fewer than 5 % of requests fail under steady load',
  failureTitle: 'Requests fail, or exceed their time budgets, under steady load',
  why: 'The assessment asks for error rates below 5 %. The arrival rate is constant, so a slow platform cannot slow down its own test.',
  category: 'api',
  severity: 'blocker',
  weight: 2,
  conditions: ['error-rate'],
  destructive: { kind: 'load', effect: 'sends steady load to the gateway' },
  needs: [registrationWorks, ...loadServices.map(readyCheckId)],
  services: loadServices,
  isolation: 'exclusive',
  timeoutMs: 90_000,
  remediation: {
    text: 'The evidence lists failures by request and status. 429: the limits are below normal use. 502 to 504: a service behind the gateway is slow or down. Long times without errors: check pool size, event-loop lag and the slowest query.',
    effort: 'days',
  },
  expects: requirementsOf(stages),
  breaks: errorRateBreaks,
  run: async (context) => {
    const flows = userMix(await createUsers(context, users), {
      signIns: 'own-address',
      chat: context.modelIsFree,
    });
    return untilMeasured(async () => {
      const result = await context.load.run({ name: 'smoke', flows, model: { stages } });
      const observed = observationsOf(result);
      return { observed, results: [result], decided: isInTime(observed) || isSlowForSure(result) };
    });
  },
});
