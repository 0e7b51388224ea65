import {
  type Account,
  type CheckContext,
  defineCheck,
  equals,
  scriptedMessage,
} from '../../../harness/engine/index.ts';
import type { LiveEvent, LiveEventType } from '../../../platform/contracts/live-events/event-types.ts';
import {
  liveChannels,
  liveEventTypeNames,
  liveEventTypes,
} from '../../../platform/contracts/live-events/event-types.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { fileForm } from '../../kit/file-form.ts';
import { type OpenSocket, openSocket } from '../../kit/open-socket.ts';
import { pollUntil } from '../../kit/poll-until.ts';
import { prepare, sendAs } from '../../kit/send-as.ts';
import { textAt, textsAt, valueAt } from '../../kit/shape.ts';
import { addMember, defaultWorkspace } from '../../security/administration/tenant-members.ts';
import { createRecord, rejectedStep, startSaga, watchedBase } from '../../services/sagas/saga.ts';
import { socketCheck, withSockets } from './check-fields.ts';
import { typeBreaks } from './websocket-breaks.ts';

/** The types that everybody in the workspace gets. */
const ofWorkspace = liveEventTypeNames.filter((type) => liveEventTypes[type].audience === 'workspace').sort();
const rightsChanged: LiveEventType = 'account.rights_changed.v1';
/** What the owner gets: everything but changes of the rights of others. */
const ofOwner = liveEventTypeNames.filter((type) => type !== rightsChanged).sort();

const typesOf = (events: readonly LiveEvent[]): string[] =>
  [...new Set(events.map(({ type }) => type))].sort();

/** Events that arrived twice. */
const repeated = (events: readonly LiveEvent[]): string[] =>
  events
    .filter(({ id }, index) => events.findIndex((other) => other.id === id) !== index)
    .map(({ type }) => type);

/** Waits until the saga that welcomes a new user has ended, because its events would be those of the user. */
async function onboarded(
  context: CheckContext,
  { accessToken, address }: Pick<Account, 'accessToken' | 'address'>,
): Promise<void> {
  const send = (method: string, path: string) =>
    context.http.request('gateway', path, { method, token: accessToken, from: address });
  const isDone = async (): Promise<boolean> => {
    const [{ json: welcome }, { json: sagas }] = await Promise.all([
      send('GET', '/api/notifications'),
      send('GET', '/api/saga'),
    ]);
    const statuses = textsAt(sagas, 'sagas', 'status');
    return (
      textsAt(welcome, 'notifications', 'subject').includes('Welcome') &&
      statuses.every((status) => status === 'completed')
    );
  };
  await pollUntil(isDone, (done) => done, context);
}

export const everyTypeIsHeard = defineCheck({
  ...socketCheck,
  id: 'api.websocket.every-type-reaches-its-audience',
  title: 'Events of all types reach their audience, and only it',
  failureTitle: 'Events of a type reach the wrong users, or not the right ones',
  why: 'Each type has its own audience. One that goes to everybody shows the work or the conversations of others.',
  needs: [
    registrationWorks,
    'services.llm-orchestrator.available',
    'services.file-service.available',
    'services.automation-services.available',
    'services.saga-service.available',
  ],
  services: [
    'gateway',
    'platform-services',
    'airtable-gateway',
    'automation-services',
    'saga-service',
    'file-service',
    'llm-orchestrator',
    'mcp-server',
  ],
  requires: ['model-server'],
  remediation: {
    text: 'The audience of each type is in platform/contracts/live-events/event-types.ts; the gateway asks for the rights of each receiver.',
    effort: 'days',
  },
  timeoutMs: 90_000,
  expects: {
    owner: equals(ofOwner),
    member: equals(ofWorkspace),
    colleague: equals([rightsChanged]),
    stranger: equals([]),
    repeated: equals([]),
    foreignSubjects: equals([]),
  },
  breaks: typeBreaks,
  async run(context) {
    const [owner, outsider] = [await context.account(), await context.account()];
    const [send, foreign] = [sendAs(context, owner), sendAs(context, outsider)];
    const other = textAt(
      await prepare(send, 'POST', '/api/workspaces', { name: context.unique('other') }),
      'id',
    );
    const member = await addMember(context, send, {
      workspaceId: await defaultWorkspace(send),
      role: 'viewer',
    });
    const colleague = await addMember(context, send, { workspaceId: other, role: 'editor' });
    const base = await watchedBase(send);
    const second = await context.http.request('gateway', '/api/auth/login', {
      method: 'POST',
      from: owner.address,
      body: { email: owner.email, password: owner.password },
    });
    const people = [owner, member, colleague, outsider];
    await Promise.all(people.map((person) => onboarded(context, person)));
    const opening = people.map(({ accessToken }) => openSocket(context, { token: accessToken }));
    return withSockets(opening, async () => {
      const sockets = (await Promise.all(opening)) as [OpenSocket, OpenSocket, OpenSocket, OpenSocket];
      for (const socket of sockets) await socket.subscribe(liveChannels);
      const [own, viewing, outside, strange] = sockets;
      const chat = (replies: Parameters<typeof scriptedMessage>[1]['replies']) =>
        context.http.request('gateway', '/api/chat', {
          method: 'POST',
          token: owner.accessToken,
          from: owner.address,
          timeoutMs: 30_000,
          body: { message: scriptedMessage('Types', { replies }) },
        });
      await chat([{ calls: [{ name: 'list_bases', args: {} }] }, { text: 'Done.' }]);
      await chat([{ status: 400 }]);
      const upload = await context.http.request('gateway', '/api/files/upload', {
        method: 'POST',
        token: owner.accessToken,
        from: owner.address,
        ...fileForm('types.txt', 'somebody waits for this'),
      });
      await prepare(send, 'POST', `/api/files/${textAt(upload.json, 'id')}/process`);
      const workflow = await prepare(send, 'POST', '/api/workflows', {
        name: 'Types',
        steps: [{ type: 'notification', config: { subject: 'Types' } }],
      });
      await prepare(send, 'POST', `/api/workflows/${textAt(workflow, 'id')}/execute`, {});
      await startSaga(send, { steps: [createRecord('one', base), rejectedStep(base)] });
      const sessions = valueAt(await prepare(send, 'GET', '/api/auth/sessions'), 'sessions');
      const others = (Array.isArray(sessions) ? sessions : []).filter(
        (session) => valueAt(session, 'current') !== true,
      );
      if (second.status === 200)
        for (const session of others)
          await prepare(send, 'DELETE', `/api/auth/sessions/${textAt(session, 'id')}`);
      await prepare(send, 'PATCH', `/api/workspaces/${other}/members/${colleague.userId}`, {
        role: 'viewer',
      });
      // The types that come last of their kind.
      for (const type of [
        'saga.finished.v1',
        'workflow.run_finished.v1',
        'file.processing_finished.v1',
      ] as const)
        for (const socket of [own, viewing]) await socket.until((event) => event.type === type);
      for (const type of ['account.session_ended.v1', 'chat.failed.v1', 'notification.created.v1'] as const)
        await own.until((event) => event.type === type);
      await outside.until(({ type }) => type === rightsChanged);
      const before = strange.events.length;
      // Their own event comes after the others: an earlier one would have arrived.
      await prepare(foreign, 'POST', '/api/workspaces', { name: context.unique('last') });
      await strange.until(({ type }) => type === rightsChanged);
      await Promise.all(sockets.map((socket) => socket.settled()));
      const subjects = new Set(own.events.map(({ subject }) => subject));
      return {
        owner: typesOf(own.events),
        member: typesOf(viewing.events),
        colleague: typesOf(outside.events),
        stranger: typesOf(strange.events.slice(0, before)),
        repeated: sockets.flatMap(({ events }) => repeated(events)),
        foreignSubjects: [...outside.events, ...strange.events]
          .filter(({ subject }) => subjects.has(subject))
          .map(({ type }) => type),
      };
    });
  },
});
