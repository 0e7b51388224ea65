import {
  atLeast,
  atMost,
  type CheckContext,
  defineCheck,
  empty,
  equals,
} from '../../../harness/engine/index.ts';
import { serviceDatabases } from '../../kit/service-databases.ts';
import { firstOf, outageFields } from './check-fields.ts';
import { hiddenFailures, undocumentedFailures } from './judge-outage.ts';
import { healingBreaks, readBreaks, readinessBreaks } from './postgres-outage-breaks.ts';
import { observeReports, reportedOutage } from './readiness-report.ts';
import { healLimitMs, stopStore } from './store-outage.ts';

const fields = { ...outageFields, requires: ['node-restart'] } as const;
const dependants = { services: serviceDatabases.map(({ service }) => service), dependency: 'postgresql' };

export const postgresOutage = (context: CheckContext) =>
  context.once('outage of postgres', () => stopStore(context, 'postgres'));

export const postgresOutageIsReported = defineCheck({
  ...fields,
  id: 'infrastructure.postgres-outage.readiness-reports-it',
  title: 'Services without PostgreSQL report that they are not ready',
  failureTitle: 'Services report ready while PostgreSQL is stopped',
  why: 'Load balancers and people trust /ready. A service that is always ready gets requests that it cannot serve, and no alert.',
  remediation: {
    text: 'List the database among the dependencies of the service (buildService), and let /ready respond with 503 when one of them fails. /health must not depend on others.',
    effort: 'hours',
  },
  expects: reportedOutage,
  breaks: readinessBreaks,
  run: async (context) => observeReports(await postgresOutage(context), dependants),
});

export const postgresOutageIsNotHidden = defineCheck({
  ...fields,
  id: 'infrastructure.postgres-outage.reads-fail-openly',
  title: 'Reads respond with 503 while PostgreSQL is stopped',
  failureTitle: 'Reads hide that PostgreSQL is stopped',
  why: 'An empty list looks like lost data, and programs act on it. The check sends every read of every service.',
  remediation: {
    text: 'Look for a caught error that becomes an empty result in the handler of the named route. Failures of the database must reach the error handler of the kit, which responds with 503 not_ready and Retry-After.',
    effort: 'hours',
  },
  expects: { reads: atLeast(60, 'routes'), hiddenFailures: empty(), otherErrors: empty(), slow: empty() },
  breaks: readBreaks,
  run: async (context) => {
    const { before, during } = await postgresOutage(context);
    return {
      reads: during.length,
      hiddenFailures: firstOf(hiddenFailures(before, during)),
      otherErrors: firstOf(undocumentedFailures(during)),
      slow: firstOf(
        during
          .filter(({ durationMs }) => durationMs > slowMs)
          .map(({ read, durationMs }) => `${read.id}: ${Math.round(durationMs)} ms`),
      ),
    };
  },
});

/**
 * A read may wait twice for a connection, for its rights and for its rows, and each gives up after 3 s where the address
 * of a stopped container does not even refuse. The rest is for a busy machine. Milliseconds.
 */
const slowMs = 8_000;

export const postgresOutageHeals = defineCheck({
  ...fields,
  id: 'infrastructure.postgres-outage.heals-by-itself',
  title: 'The platform recovers from an outage of PostgreSQL',
  failureTitle: 'The platform does not recover from an outage of PostgreSQL',
  why: 'Minor updates restart the database. Services must connect again by themselves and lose nothing that they have confirmed; under load, clients may see the documented 503 only.',
  remediation: {
    text: 'Map refused connections and interrupted statements to 503 not_ready with Retry-After, and let the pool replace broken connections. The evidence has what users saw and for how long.',
    effort: 'days',
  },
  expects: {
    stopped: equals('exited with code 0'),
    requests: atLeast(30, 'requests'),
    failed: atLeast(1, 'requests'),
    errorsLasted: atMost(healLimitMs, 'ms'),
    notHealed: empty(),
    otherErrors: empty(),
    lost: empty(),
    healedAfter: atMost(healLimitMs, 'ms'),
  },
  breaks: healingBreaks,
  run: async (context) => {
    const outage = await postgresOutage(context);
    return {
      stopped: outage.restart.failure ?? outage.restart.exit,
      requests: outage.requests,
      failed: outage.failed,
      errorsLasted: outage.errorsLastedMs,
      notHealed: firstOf(outage.notHealed),
      otherErrors: firstOf(outage.otherErrors),
      lost: firstOf(outage.lost),
      healedAfter: outage.healedAfterMs ?? healLimitMs * 10,
    };
  },
});
