import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LiveEventType } from '../../../platform/contracts/live-events/event-types.ts';
import { openTestedPlatform, type TestedPlatform } from '../../testing/tested-platform.ts';
import { type FaultyGateway, type SocketFaults, startFaultyGateway } from './testing/faulty-gateway.ts';

let platform: TestedPlatform;
let gateway: FaultyGateway;
beforeAll(async () => {
  platform = await openTestedPlatform({ name: 'websocket' });
  gateway = await startFaultyGateway(platform.stack.addresses.services.gateway);
}, 90_000);
afterAll(async () => {
  await gateway?.[Symbol.asyncDispose]();
  await platform?.[Symbol.asyncDispose]();
});

async function resultOf(check: string, faults: SocketFaults) {
  gateway.fail(faults);
  return platform.resultOf(`api.websocket.${check}`, { gateway: gateway.url });
}

/** Clients get events of this type so many times. */
const times = (count: number, type: LiveEventType): SocketFaults => ({
  copies: (event) => (event.type === type ? count : 1),
});

const checks = [
  'events-reach-the-right-users',
  'flow-events-reach-members',
  'ticket-works-once',
  'stats-count-own-connections',
  'chat-reaches-only-its-user',
] as const;

/** A defect, the check that must notice it, and what it must observe. */
const defects: readonly (readonly [
  defect: string,
  check: (typeof checks)[number],
  faults: SocketFaults,
  observed: Record<string, unknown>,
])[] = [
  [
    'an event that arrives twice',
    'events-reach-the-right-users',
    times(2, 'file.uploaded.v1'),
    {
      ordered: false,
      heard: 'file.uploaded.v1, file.uploaded.v1, file.processing_finished.v1',
      replayed: 'file.uploaded.v1, file.uploaded.v1, file.processing_finished.v1',
    },
  ],
  [
    'an event that another tenant gets',
    'events-reach-the-right-users',
    { leaks: true },
    { heardByAnotherTenant: 2 },
  ],
  [
    'a lost event of a run',
    'flow-events-reach-members',
    times(0, 'workflow.step_started.v1'),
    {
      run: [
        'run_started',
        'step_finished 0 completed',
        'step_finished 1 completed',
        'run_finished completed',
      ],
    },
  ],
  [
    'a lost event of a saga',
    'flow-events-reach-members',
    times(0, 'saga.compensation_started.v1'),
    { saga: expect.not.arrayContaining(['compensation_started']) },
  ],
  [
    'events of flows that all users get',
    'flow-events-reach-members',
    { leaks: true },
    {
      ordered: false,
      heardByColleague: expect.arrayContaining(['run_started', 'started']),
      heardByAnotherTenant: expect.arrayContaining(['run_finished completed', 'finished compensated']),
    },
  ],
  ['a ticket that works again', 'ticket-works-once', { ticketsStay: true }, { secondUse: 'accepted' }],
  ['stats of all connections', 'stats-count-own-connections', { countsAll: true }, { before: 1, during: 2 }],
  [
    'a piece of chat that arrives twice',
    'chat-reaches-only-its-user',
    times(2, 'chat.delta.v1'),
    { sameText: false, indexesInOrder: false, ordered: false },
  ],
  ['chat that another user gets', 'chat-reaches-only-its-user', { leaks: true }, { heardByAnotherUser: 2 }],
];

describe('the checks of WebSockets', { timeout: 100_000 }, () => {
  it.each(checks)('%s passes on the platform', async (check) => {
    expect(await resultOf(check, {})).toMatchObject({ outcome: 'pass', shortfall: undefined });
  });

  it.each(defects)('%s fails %s', async (_defect, check, faults, observed) => {
    expect(await resultOf(check, faults)).toMatchObject({
      outcome: 'fail',
      shortfall: undefined,
      observed,
    });
  });
});
