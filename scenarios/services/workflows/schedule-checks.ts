import { defineCheck, empty, equals } from '../../../harness/engine/index.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { pollUntil } from '../../kit/poll-until.ts';
import { prepare, sendAs } from '../../kit/send-as.ts';
import { textAt, valueAt } from '../../kit/shape.ts';
import { cronTimes } from './cron-times.ts';
import { scheduleBreaks, zoneBreaks } from './schedule-breaks.ts';
import { isOver } from './workflow-runs.ts';

const scheduleCheck = {
  category: 'services',
  severity: 'high',
  needs: [registrationWorks, 'services.automation-services.available'],
  services: ['gateway', 'platform-services', 'automation-services'],
  timeoutMs: 60_000,
} as const;

/** Both changes of summer time in the north and the south, a change of half an hour, and zones without one. */
const zones = [
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'America/Santiago',
  'Asia/Kolkata',
  'UTC',
];

const expressions = [
  // On each Sunday of the months in which the clocks change, within the hour that is skipped or repeated.
  '30 2 * 3 0',
  '30 2 * 10 0',
  '15 1 * 11 7',
  '30 2 1-10 4 *',
  '59 23 31 12 *',
  '15 9 * * 1-5',
  '*/20 3,15 * * *',
  '0 0 29 2 *',
  '0 12 13 * 5',
  '30 6 */10 * 1',
];

export const nextTimesAreRight = defineCheck({
  ...scheduleCheck,
  users: 1,
  id: 'services.automation-services.next-times-keep-the-zone',
  title: 'Next times of schedules keep their zone and summer time',
  failureTitle: 'Schedules have other next times than their zone says',
  why: 'A report at nine in Berlin must come at nine there, also after the clocks have changed. Nobody notices a shifted hour in a test.',
  remediation: {
    text: 'schedules/cron.ts of automation-services. Each line has an expression, a zone and both answers.',
    effort: 'days',
  },
  expects: { different: empty(), compared: equals(zones.length * expressions.length), invalid: empty() },
  breaks: zoneBreaks,
  async run(context) {
    const send = sendAs(context, await context.account());
    const different: string[] = [];
    let compared = 0;
    const ask = async (cron: string, timeZone: string) => {
      const after = new Date();
      const { json } = await send('POST', '/api/workflows/validate-cron', { cron, time_zone: timeZone });
      const wanted = cronTimes({ cron, timeZone }, { after, count: 5 }).join(' ');
      const next = valueAt(json, 'next');
      const given = Array.isArray(next) ? next.join(' ') : '';
      compared += 1;
      // A minute may have begun since.
      if (
        given !== wanted &&
        given !== cronTimes({ cron, timeZone }, { after: new Date(), count: 5 }).join(' ')
      )
        different.push(`${cron} in ${timeZone}: ${given} instead of ${wanted}`);
    };
    for (const cron of expressions) await Promise.all(zones.map((zone) => ask(cron, zone)));
    const invalid: string[] = [];
    for (const [cron, zone] of [
      ['61 * * * *', 'UTC'],
      ['* * * *', 'UTC'],
      ['* * * * * *', 'UTC'],
      ['0 9 * * 8', 'UTC'],
      ['0 9 * * *', 'Europe/Atlantis'],
    ] as const) {
      const { json } = await send('POST', '/api/workflows/validate-cron', { cron, time_zone: zone });
      if (valueAt(json, 'valid') !== false || textAt(json, 'error') === '')
        invalid.push(`${cron} in ${zone}`);
    }
    return { different, compared, invalid };
  },
});

export const schedulesRun = defineCheck({
  ...scheduleCheck,
  id: 'services.automation-services.schedules-run-once',
  title: 'A due schedule runs once; a paused workflow never does',
  failureTitle: 'Schedules do not run, run twice, or run while paused',
  why: 'Schedules work when nobody watches. One that never runs is noticed weeks later.',
  requires: ['postgres-admin'],
  remediation: {
    text: 'schedules/scheduler.ts of automation-services looks for due rows of automation.schedules every SCHEDULER_INTERVAL_MS.',
    effort: 'days',
  },
  expects: {
    before: equals([true, true]),
    ran: equals(['schedule completed', 'schedule completed']),
    slots: equals([true, true]),
    executions: equals([1, 1]),
    next: equals([true, true]),
    lastRun: equals(true),
    busy: equals(1),
    paused: equals({ status: 'paused', next: null, rows: 0, executions: 0, byHand: 202 }),
    inactive: equals({ status: 'inactive', next: null, rows: 0, executions: 0, byHand: 409 }),
    resumed: equals(true),
  },
  breaks: scheduleBreaks,
  async run(context) {
    const send = sendAs(context, await context.account());
    const pool = context.databaseAdmin();
    const yearly = { cron: '30 2 28 3 *', time_zone: 'Europe/Berlin' };
    const daily = { cron: '15 4 * * *', time_zone: 'America/New_York' };
    const log = [{ type: 'log', config: { message: 'on time' } }];
    const make = async (schedule: typeof daily, more: object = {}) => {
      const body = {
        name: context.unique('schedule'),
        steps: log,
        triggers: [{ type: 'schedule', ...schedule }],
        ...more,
      };
      return { id: textAt(await prepare(send, 'POST', '/api/workflows', body), 'id'), schedule, body };
    };
    const nextOf = async (id: string) =>
      valueAt(await prepare(send, 'GET', `/api/workflows/${id}`), 'next_run_at');
    const computed = ({ cron, time_zone }: typeof daily) =>
      cronTimes({ cron, timeZone: time_zone }, { after: new Date(), count: 1 })[0] ?? '';
    const scheduled = [await make(yearly), await make(daily)] as const;
    const [busy, paused, inactive] = [
      await make(daily, { steps: [{ type: 'delay', config: { seconds: 30 } }] }),
      await make(daily),
      await make(daily),
    ];
    const isNext = async ({ id, schedule }: (typeof scheduled)[number]) =>
      Date.parse(String(await nextOf(id))) === Date.parse(computed(schedule));
    const before = [await isNext(scheduled[0]), await isNext(scheduled[1])];
    await prepare(send, 'PUT', `/api/workflows/${paused.id}`, { ...paused.body, status: 'paused' });
    await prepare(send, 'PUT', `/api/workflows/${inactive.id}`, { ...inactive.body, status: 'inactive' });
    const running = await prepare(send, 'POST', `/api/workflows/${busy.id}/execute`, {});
    // Due from now on: the schedule row is all that is changed.
    const slot = new Date(Math.floor(Date.now() / 60_000) * 60_000);
    const rows = new Map<string, number>();
    // The second one has missed three days: one run makes up for all of them.
    const missed = new Date(slot.getTime() - 3 * 86_400_000);
    const slotOf = (id: string) => (id === scheduled[1].id ? missed : slot);
    for (const { id } of [...scheduled, busy, paused, inactive]) {
      const { rowCount } = await pool.query(
        'update automation.schedules set next_run_at = $2 where workflow_id = $1',
        [id, slotOf(id)],
      );
      rows.set(id, rowCount ?? 0);
    }
    const executionsOf = async (id: string) => {
      const { json } = await send('GET', `/api/workflows/${id}/executions`);
      const list = valueAt(json, 'executions');
      return Array.isArray(list) ? list : [];
    };
    const seen = await pollUntil(
      async () => [await executionsOf(scheduled[0].id), await executionsOf(scheduled[1].id)],
      (lists) => lists.every((list) => list.length > 0 && list.every(isOver)),
      context,
      25_000,
    );
    const state = async (id: string) => ({
      status: textAt(await prepare(send, 'GET', `/api/workflows/${id}`), 'status'),
      next: (await nextOf(id)) as string | null,
      rows: rows.get(id) ?? 0,
      executions: (await executionsOf(id)).length,
      byHand: (await send('POST', `/api/workflows/${id}/execute`, {})).status,
    });
    const busyRuns = (await executionsOf(busy.id)).length;
    await send('POST', `/api/executions/${textAt(running, 'id')}/cancel`);
    const pausedState = await state(paused.id);
    await prepare(send, 'PUT', `/api/workflows/${paused.id}`, { ...paused.body, status: 'active' });
    return {
      before,
      ran: seen.map((list) => `${textAt(list[0], 'trigger')} ${textAt(list[0], 'status')}`),
      slots: seen.map(
        (list, index) =>
          Date.parse(textAt(list[0], 'scheduled_for')) === slotOf(scheduled[index]?.id ?? '').getTime(),
      ),
      executions: [
        (await executionsOf(scheduled[0].id)).length,
        (await executionsOf(scheduled[1].id)).length,
      ],
      next: [await isNext(scheduled[0]), await isNext(scheduled[1])],
      lastRun:
        valueAt(await prepare(send, 'GET', `/api/workflows/${scheduled[0].id}`), 'last_run_at') !== null,
      busy: busyRuns,
      paused: pausedState,
      inactive: await state(inactive.id),
      resumed: await isNext(paused),
    };
  },
});
