import { atLeast, atMost, defineCheck, empty, equals } from '../../../harness/engine/index.ts';
import { serviceNames } from '../../../platform/contracts/service.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { readyCheckId } from '../../services/operational-routes.ts';
import { redundancyBreaks } from './restart-breaks.ts';
import { restartNodes } from './restart-nodes.ts';

/** Maximum time from the stop signal until all routes respond again, milliseconds; the assessment's limit of a start. */
const recoveryLimitMs = 30_000;

/** The standby of PostgreSQL, the replica of Redis and three Sentinels. */
const standbys = 5;

const shared = {
  category: 'infrastructure',
  severity: 'high',
  needs: [registrationWorks, ...serviceNames.map(readyCheckId)],
  services: serviceNames,
  isolation: 'exclusive',
} as const;

/** Maximum number of errors in the report; the evidence counts all of them. */
const shownErrors = 20;

export const redundantRestarts = defineCheck({
  ...shared,
  id: 'infrastructure.restart.redundant-nodes-are-not-missed',
  title: 'Restarts of standby, replica and Sentinels go unnoticed',
  why: 'The second server is there for the death of the first. Its own restart must not cause one failed request.',
  requires: ['node-restart', 'high-availability'],
  timeoutMs: 90_000,
  remediation: {
    text: 'Let replicas follow again by themselves, and keep the time without a confirming standby below the time limits of statements.',
    effort: 'days',
  },
  expects: {
    restarted: equals(standbys),
    requests: atLeast(30 * standbys, 'requests'),
    notBack: empty(),
    uncleanStops: empty(),
    otherErrors: empty(),
    lost: empty(),
    recovery: atMost(recoveryLimitMs, 'ms'),
  },
  breaks: redundancyBreaks,
  run: async (context) => {
    const nodes = context.restarts().nodes.filter((node) => /^(postgres|redis)-/.test(node));
    const { otherErrors, confirmed: _confirmed, ...restarts } = await restartNodes(context, nodes);
    return {
      ...restarts,
      restarted: nodes.length - restarts.notBack.length,
      otherErrors: otherErrors.slice(0, shownErrors),
    };
  },
});
