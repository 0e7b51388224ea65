import { atLeast, atMost, defineCheck, empty, equals } from '../../../harness/engine/index.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { readyCheckId } from '../../services/operational-routes.ts';
import { flowBreaks } from './flow-breaks.ts';
import { killFlows } from './kill-flows.ts';

/** Maximum number of deviations in the report; the evidence has all of them. */
const shown = 20;

export const flowsSurviveKill = defineCheck({
  id: 'infrastructure.restart.flows-survive-a-kill',
  title: 'Killed services finish every flow, each effect once',
  why: 'A crash must not lose a saga or a run, stop it half-way, or repeat what it has done. Users cannot see which of their steps have happened.',
  category: 'infrastructure',
  severity: 'high',
  needs: [
    registrationWorks,
    readyCheckId('saga-service'),
    readyCheckId('automation-services'),
    readyCheckId('airtable-gateway'),
    readyCheckId('platform-services'),
  ],
  services: ['gateway', 'platform-services', 'airtable-gateway', 'saga-service', 'automation-services'],
  requires: ['node-restart', 'long-drills', 'postgres-admin'],
  isolation: 'exclusive',
  timeoutMs: 120_000,
  remediation: {
    text: 'Lost and unended flows: look for their ids in saga_runs.workflow_status and automation_runs.workflow_status; PENDING with the executor of a dead process means that nothing takes them over. Doubled effects: the step sends no Idempotency-Key, or another one in its second attempt.',
    effort: 'days',
  },
  expects: {
    started: equals(60),
    inFlight: atLeast(20, 'flows'),
    notBack: empty(),
    lost: empty(),
    notCompleted: empty(),
    doubled: empty(),
    missing: empty(),
    unexpected: empty(),
    withoutEnd: empty(),
    recovery: atMost(30_000, 'ms'),
  },
  breaks: flowBreaks,
  run: async (context) => {
    const { started, inFlight, recovery, ...lists } = await killFlows(context);
    const short = (list: readonly string[]) => list.slice(0, shown);
    return {
      started,
      inFlight,
      recovery,
      notBack: short(lists.notBack),
      lost: short(lists.lost),
      notCompleted: short(lists.notCompleted),
      doubled: short(lists.doubled),
      missing: short(lists.missing),
      unexpected: short(lists.unexpected),
      withoutEnd: short(lists.withoutEnd),
    };
  },
});
