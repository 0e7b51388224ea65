import type { Break } from '../../../harness/engine/index.ts';
import { alteredJson } from '../../kit/altered-response.ts';

export const zoneBreaks: readonly Break[] = [
  {
    defect: 'The time zone of a schedule is ignored.',
    changes: [
      {
        kind: 'exchange',
        method: 'POST',
        path: /^\/api\/workflows\/validate-cron$/,
        request: ({ body }) => ({
          body: Buffer.from(JSON.stringify({ ...JSON.parse(body.toString()), time_zone: 'UTC' })),
        }),
      },
    ],
    violates: ['different', 'invalid'],
  },
  {
    defect: 'Schedules take the offset of today for the whole year.',
    changes: [
      alteredJson('POST', /^\/api\/workflows\/validate-cron$/, (body) => {
        body.next = body.next.map((time: string, index: number) =>
          index === 0 ? time : new Date(Date.parse(time) + 3_600_000).toISOString(),
        );
      }),
    ],
    violates: ['different'],
  },
];

export const scheduleBreaks: readonly Break[] = [
  {
    defect: 'Schedules never run.',
    changes: [
      {
        kind: 'environment',
        service: 'automation-services',
        set: { SCHEDULER_INTERVAL_MS: '60000' },
      },
    ],
    violates: ['ran', 'executions'],
  },
  {
    defect: 'A schedule advances in UTC instead of its zone.',
    changes: [
      {
        kind: 'source',
        file: 'platform/services/automation-services/schedules/run-due-schedules.ts',
        find: 'return nextTime({ cron, timeZone: time_zone }, now);',
        replace: "void time_zone;\n    return nextTime({ cron, timeZone: 'UTC' }, now);",
      },
    ],
    violates: ['next'],
  },
];
