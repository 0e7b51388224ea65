// biome-ignore-all lint/suspicious/noTemplateCurlyInString: code of the platform
import { type Mutant, replacing } from './mutant.ts';

const runsOnce = 'services.automation-services.schedules-run-once';
const zones = 'services.automation-services.next-times-keep-the-zone';
const steps = 'services.automation-services.values-of-steps';
const failures = 'services.automation-services.failed-steps-fail-the-run';
const messages = 'services.automation-services.webhook-messages';
const guessing = 'security.sessions.guessing-is-stopped';
const outdated = 'infrastructure.retention.outdated-rows-are-deleted';
const continued = 'infrastructure.service-outage.flows-continue';

const automation = 'services/automation-services';
const due = `${automation}/schedules/run-due-schedules.ts`;
const cron = `${automation}/schedules/cron.ts`;
const accounts = 'services/platform-services';

export const timeMutants: readonly Mutant[] = [
  {
    id: 'time.schedules-never-run',
    kind: 7,
    defect: 'Due schedules are not run.',
    changes: [
      replacing(
        due,
        '  while (await runOne(deps)) {',
        '  while (deps.clock === undefined && (await runOne(deps))) {',
      ),
    ],
    caughtBy: [runsOnce],
  },
  {
    id: 'time.scheduler-not-started',
    kind: 7,
    defect: 'The scheduler looks for due schedules once a day.',
    changes: [
      replacing(
        `${automation}/schedules/scheduler.ts`,
        '    everyMs: intervalMs,',
        '    everyMs: intervalMs * 17_280,',
      ),
    ],
    caughtBy: [runsOnce],
  },
  {
    id: 'time.zone-ignored',
    kind: 7,
    defect: 'Schedules run at times of UTC, whatever their zone is.',
    changes: [
      replacing(cron, 'timezone: schedule.timeZone,', "timezone: schedule.timeZone === '' ? '' : 'UTC',"),
    ],
    caughtBy: [zones, runsOnce],
  },
  {
    id: 'time.zone-of-the-machine',
    kind: 7,
    defect: 'Schedules run at times of the zone of the machine.',
    changes: [replacing(cron, '      timezone: schedule.timeZone,\n', '')],
    caughtBy: [zones],
  },
  {
    id: 'time.summer-time-ignored',
    kind: 7,
    defect: 'Schedules do not follow the change to summer time.',
    changes: [
      replacing(
        cron,
        '      timezone: schedule.timeZone,\n',
        "      utcOffset: Math.round((Date.parse(`${new Date(after).toLocaleString('sv-SE', { timeZone: schedule.timeZone })}Z`.replace(' ', 'T')) - Math.floor(after.getTime() / 1000) * 1000) / 60_000),\n",
      ),
    ],
    caughtBy: [zones],
  },
  {
    id: 'time.stored-zone-lost',
    kind: 7,
    defect: 'The zone of a schedule is lost when its next time is computed after a run.',
    changes: [
      replacing(
        due,
        'return nextTime({ cron, timeZone: time_zone }, now);',
        "return nextTime({ cron, timeZone: time_zone === '' ? '' : 'UTC' }, now);",
      ),
    ],
    caughtBy: [runsOnce],
  },
  {
    id: 'time.saved-zone-lost',
    kind: 7,
    defect: 'The zone of a schedule is lost when it is saved.',
    changes: [
      replacing(
        `${automation}/workflows/workflows.ts`,
        'nextTime({ cron: trigger.cron, timeZone: trigger.time_zone }, now)',
        "nextTime({ cron: trigger.cron, timeZone: 'UTC' }, now)",
      ),
    ],
    caughtBy: [runsOnce],
  },
  {
    id: 'time.day-and-weekday-confused',
    kind: 7,
    defect: 'A schedule with a day and a weekday runs only when both match.',
    changes: [replacing(cron, 'domAndDow: isStar(fields[2]) || isStar(fields[4]),', 'domAndDow: true,')],
    caughtBy: [zones],
  },
  {
    id: 'time.schedules-end-after-one-run',
    kind: 7,
    defect: 'A schedule runs once and never again.',
    changes: [replacing(due, '  if (next === undefined) {', '  if (next === undefined || next > now) {')],
    caughtBy: [runsOnce],
  },
  {
    id: 'time.runs-overlap',
    kind: 7,
    defect: 'A schedule starts a workflow that is still running.',
    changes: [
      replacing(
        due,
        "if (workflow.status !== 'active' || open.rowCount > 0) return true;",
        "if (workflow.status !== 'active' || open.rowCount > 100) return true;",
      ),
    ],
    caughtBy: [runsOnce],
  },
  {
    id: 'time.paused-workflows-run',
    kind: 7,
    defect: 'The schedules of a paused workflow go on.',
    changes: [
      replacing(`${automation}/workflows/workflows.ts`, "  if (workflow.status !== 'active') return;\n", ''),
      replacing(
        due,
        "if (workflow.status !== 'active' || open.rowCount > 0) return true;",
        'if (open.rowCount > 0) return true;',
      ),
    ],
    caughtBy: [runsOnce],
  },
  {
    id: 'time.delays-too-short',
    kind: 7,
    defect: 'A delay of a workflow is over at once.',
    changes: [
      replacing(
        `${automation}/steps/plain-steps.ts`,
        'await clock.sleep(Math.max(0, left), signal);',
        'await clock.sleep(Math.max(0, left / 1000), signal);',
      ),
    ],
    caughtBy: [steps],
  },
  {
    id: 'time.delays-too-long',
    kind: 7,
    defect: 'A delay of a workflow takes five times as long.',
    changes: [
      replacing(
        `${automation}/steps/plain-steps.ts`,
        'await clock.sleep(Math.max(0, left), signal);',
        'await clock.sleep(Math.max(0, left * 5), signal);',
      ),
    ],
    caughtBy: [steps],
  },
  {
    id: 'time.old-messages-accepted',
    kind: 7,
    defect: 'A webhook accepts messages of any age.',
    changes: [
      replacing(
        `${automation}/webhooks/receive-message.ts`,
        'if (ageS > messageToleranceS)',
        'if (ageS > messageToleranceS * 1_000)',
      ),
    ],
    caughtBy: [messages],
  },
  {
    id: 'time.messages-from-the-future',
    kind: 7,
    defect: 'A webhook accepts messages from the future, which can be sent again for as long.',
    changes: [
      replacing(
        `${automation}/webhooks/receive-message.ts`,
        'const ageS = Math.abs(now.getTime() - sentAt.getTime()) / 1000;',
        'const ageS = (now.getTime() - sentAt.getTime()) / 1000;',
      ),
    ],
    caughtBy: [messages],
  },
  {
    id: 'time.former-secret-for-ever',
    kind: 7,
    defect: 'The former secret of a webhook is valid for ever.',
    changes: [
      replacing(
        `${automation}/webhooks/webhook-keys.ts`,
        'Date.parse(webhook.former_until) > now.getTime();',
        'Date.parse(webhook.former_until) > 0;',
      ),
      replacing(
        `${automation}/webhooks/webhook-handlers.ts`,
        'formerUntil: overlapMs === 0 ? null : new Date(now.getTime() + overlapMs),',
        'formerUntil: new Date(now.getTime() + overlapMs),',
      ),
    ],
    caughtBy: [messages],
  },
  {
    id: 'time.lockout-for-a-day',
    kind: 7,
    defect: 'A lockout lasts a day.',
    changes: [
      replacing(
        `${accounts}/accounts/lockout.ts`,
        'const lockoutSeconds = 900;',
        'const lockoutSeconds = 86_400;',
      ),
    ],
    caughtBy: [guessing],
  },
  {
    id: 'time.failures-never-forgotten',
    kind: 7,
    defect: 'Failed sign-ins are counted for ever, so a lockout never ends.',
    changes: [
      replacing(
        `${accounts}/accounts/lockout.ts`,
        'if (failures === 1) await withRedis(() => redis.expire(key, lockoutSeconds));',
        'if (failures === 0) await withRedis(() => redis.expire(key, lockoutSeconds));',
      ),
    ],
    caughtBy: [guessing],
  },
  {
    id: 'time.limits-without-end',
    kind: 7,
    defect: 'A workflow runs for as long as it likes, whatever its time limit is.',
    changes: [
      replacing(
        `${automation}/executions/insert-execution.ts`,
        '      workflow.timeout,\n',
        '      Math.max(3_600, workflow.timeout),\n',
      ),
    ],
    caughtBy: [failures],
  },
  {
    id: 'time.retention-never-runs',
    kind: 7,
    defect: 'Nothing is deleted when its time of retention is over.',
    changes: [
      replacing(
        `${accounts}/retention/retention.ts`,
        'for (const [kind, keepDays] of Object.entries(tables)) {',
        'for (const [kind, keepDays] of Object.entries(tables).slice(0, 0)) {',
      ),
    ],
    caughtBy: [outdated],
  },
  {
    id: 'time.retention-forgets-sessions',
    kind: 7,
    defect: 'Ended sessions are kept for ever.',
    changes: [
      replacing(
        `${accounts}/retention/retention.ts`,
        '      const { events, ...tables } = days;\n',
        '      const { events, sessions: _kept, ...tables } = days;\n',
      ),
    ],
    caughtBy: [outdated],
  },
  {
    id: 'time.retention-too-eager',
    kind: 7,
    defect: 'Audit events are deleted after a month instead of a year.',
    changes: [
      replacing(
        `${accounts}/retention/retention.ts`,
        'audit_events: config.AUDIT_RETENTION_DAYS,',
        'audit_events: Math.min(30, config.AUDIT_RETENTION_DAYS),',
      ),
    ],
    caughtBy: [outdated],
  },
  {
    id: 'time.webhook-payloads-kept',
    kind: 7,
    defect: 'Payloads of webhooks are kept for ever.',
    changes: [
      replacing(
        'services/airtable-gateway/embedded/webhooks/sweep-webhooks.ts',
        "    const { rows } = await database.query<{ swept: number }>('select airtable.sweep_webhooks($1) as swept', [",
        "    const { rows } = await database.query<{ swept: number }>('select $1::integer * 0 as swept', [",
      ),
    ],
    caughtBy: [outdated],
  },
  {
    id: 'time.idempotency-keys-kept',
    kind: 7,
    defect: 'Expired idempotency keys are kept for ever.',
    changes: [
      replacing(
        'kit/service/build-service.ts',
        "    app.server.once('listening', sweeper.start);\n",
        "    app.server.once('timeout', sweeper.start);\n",
      ),
    ],
    caughtBy: [outdated],
  },
  {
    id: 'time.delays-begin-again',
    kind: 7,
    defect: 'A workflow that waits while its service is restarted never continues.',
    changes: [
      replacing(
        'kit/durable/take-over.ts',
        '    others.delete(deps.executor);\n',
        '    others.delete(deps.executor);\n    if (others.size > 0) return taken;\n',
      ),
    ],
    caughtBy: [continued],
  },
];
