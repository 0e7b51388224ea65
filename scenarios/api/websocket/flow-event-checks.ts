import { defineCheck, equals, ProductFailure } from '../../../harness/engine/index.ts';
import type { LiveEvent } from '../../../platform/contracts/live-events/event-types.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { createPlace, startOf } from '../../infrastructure/flows/flow.ts';
import { type OpenSocket, openSocket } from '../../kit/open-socket.ts';
import { prepare, type Send, sendAs } from '../../kit/send-as.ts';
import { textAt } from '../../kit/shape.ts';
import { addMember, defaultWorkspace } from '../../security/administration/tenant-members.ts';
import { readyCheckId } from '../../services/operational-routes.ts';
import { awaitOwnEvent } from './await-own-event.ts';
import { isOrdered, socketCheck, withSockets } from './check-fields.ts';
import { flowEventBreaks } from './websocket-breaks.ts';

/** What the events about a flow say, without prefix and version, e.g. `step_finished 0 completed`. */
const about = (events: readonly LiveEvent[], subject: string): string[] =>
  events
    .filter((event) => event.subject === subject)
    .map(({ type, data: { step, step_id, status } }) =>
      [type.split('.')[1], step ?? step_id, status].filter((part) => part !== undefined).join(' '),
    );

const runEvents = [
  'run_started',
  'step_started 0',
  'step_finished 0 completed',
  'step_started 1',
  'step_finished 1 completed',
  'run_finished completed',
];

const sagaEvents = [
  'started',
  'step_finished step_1 completed',
  'step_finished bad failed',
  'compensation_started',
  'step_finished step_1 compensated',
  'finished compensated',
];

/** Starts a run that completes. @returns its id */
async function startRun(send: Send): Promise<string> {
  const log = { type: 'log', config: { message: 'somebody waits for this' } };
  const workflow = await prepare(send, 'POST', '/api/workflows', { name: 'Two steps', steps: [log, log] });
  const path = `/api/workflows/${textAt(workflow, 'id')}/execute`;
  return textAt(await prepare(send, 'POST', path, { input: {} }), 'id');
}

/** Starts a saga whose second step cannot succeed. @returns its id */
async function startSaga(send: Send, key: string): Promise<string> {
  const base = await prepare(send, 'POST', `/api/airtable${createPlace.path}`, createPlace.body);
  const place = { baseId: textAt(base, 'id'), tableId: textAt(base, 'tables', 0, 'id'), workflowId: '' };
  const { path, body } = startOf({ kind: 'saga', key, steps: 1 }, place);
  const { steps } = body as { steps: unknown[] };
  const bad = {
    step_id: 'bad',
    service: 'airtable-gateway',
    action: 'createRecords',
    payload: { params: { baseId: place.baseId, tableIdOrName: 'No such table' }, body: { fields: {} } },
  };
  return textAt(await prepare(send, 'POST', `/api${path}`, { steps: [...steps, bad] }), 'saga_id');
}

/** Sagas at the same time: their events arrive together, and must wait for each other in their order. */
const burstSize = 12;
/** Changes of a member's role meanwhile. */
const rightsChanges = 10;

export const flowsAreHeard = defineCheck({
  ...socketCheck,
  id: 'api.websocket.flow-events-reach-members',
  title: 'Events of runs and sagas reach members only, in order',
  failureTitle: 'Events of runs are lost, out of order or heard by others',
  standards: ['ASVS 8.2.2', 'ASVS 8.4.1', 'API1'],
  why: 'Pages show the progress of runs and sagas from these events. Colleagues outside of the workspace must not see its work.',
  needs: [
    registrationWorks,
    readyCheckId('airtable-gateway'),
    readyCheckId('automation-services'),
    readyCheckId('saga-service'),
  ],
  services: ['gateway', 'platform-services', 'airtable-gateway', 'automation-services', 'saga-service'],
  remediation: {
    text: 'Read the Redis stream live:workspace:<id>. Without the events, automation-services or saga-service does not publish. With them, the gateway does not deliver, or delivers without asking for the rights of the user.',
    effort: 'days',
  },
  timeoutMs: 90_000,
  expects: {
    run: equals(runEvents),
    saga: equals(sagaEvents),
    ordered: equals(true),
    heardByMember: equals([...runEvents, ...sagaEvents]),
    heardByColleague: equals([]),
    heardByAnotherTenant: equals([]),
  },
  breaks: flowEventBreaks,
  async run(context) {
    const [owner, stranger] = [await context.account(), await context.account()];
    const [send, sendForeign] = [sendAs(context, owner), sendAs(context, stranger)];
    const other = await prepare(send, 'POST', '/api/workspaces', { name: context.unique('other') });
    const member = await addMember(context, send, {
      workspaceId: await defaultWorkspace(send),
      role: 'viewer',
    });
    const colleague = await addMember(context, send, { workspaceId: textAt(other, 'id'), role: 'admin' });
    const opening = [owner, member, colleague, stranger].map(({ accessToken }) =>
      openSocket(context, { token: accessToken }),
    );
    return withSockets(opening, async () => {
      const sockets = (await Promise.all(opening)) as [OpenSocket, OpenSocket, OpenSocket, OpenSocket];
      for (const socket of sockets) await socket.subscribe(['workflow', 'saga', 'account']);
      const [own, viewing, outside, foreign] = sockets;
      const runId = await startRun(send);
      const sagaId = await startSaga(send, context.unique('flow'));
      if (runId === '' || sagaId === '') throw new ProductFailure('The response to a start has no id.');
      const isEnd = ({ subject, type }: LiveEvent, id: string, ending: LiveEvent['type']) =>
        subject === id && type === ending;
      const members = [own, viewing];
      await Promise.all(
        members.flatMap((socket) => [
          socket.until((event) => isEnd(event, runId, 'workflow.run_finished.v1')),
          socket.until((event) => isEnd(event, sagaId, 'saga.finished.v1')),
        ]),
      );
      const burst = await startBurst();
      const ends = burst.map(
        (started) => (event: LiveEvent) => isEnd(event, textAt(started, 'saga_id'), 'saga.finished.v1'),
      );
      await Promise.all(
        members.map((socket) => socket.until(() => ends.every((isLast) => socket.events.some(isLast)))),
      );
      // Their own events come after the others: an earlier one would have arrived.
      for (const [act, socket] of [
        [colleague.send, outside],
        [sendForeign, foreign],
      ] as const) {
        await awaitOwnEvent(socket, act, context.unique('space'));
      }
      const both = ({ events }: OpenSocket) => [...about(events, runId), ...about(events, sagaId)];
      return {
        run: about(own.events, runId),
        saga: about(own.events, sagaId),
        ordered: isOrdered(own.events) && isOrdered(viewing.events),
        heardByMember: both(viewing),
        heardByColleague: both(outside),
        heardByAnotherTenant: both(foreign),
      };

      /** While the rights of a member change, their events wait until the gateway has read the new ones. */
      async function startBurst(): Promise<unknown[]> {
        const membership = `/api/workspaces/${member.workspaceId}/members/${member.userId}`;
        const start = () =>
          prepare(send, 'POST', '/api/saga/start', {
            steps: [{ step_id: 'one', service: 'platform-services', action: 'listWorkspaces' }],
          });
        const changeRights = async () => {
          for (let change = 0; change < rightsChanges; change += 1)
            await prepare(send, 'PATCH', membership, { role: change % 2 === 0 ? 'commenter' : 'viewer' });
        };
        const [started] = await Promise.all([
          Promise.all(Array.from({ length: burstSize }, start)),
          changeRights(),
        ]);
        return started;
      }
    });
  },
});
