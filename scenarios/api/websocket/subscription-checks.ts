import { defineCheck, empty, equals } from '../../../harness/engine/index.ts';
import type { LiveEvent } from '../../../platform/contracts/live-events/event-types.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { fileForm } from '../../kit/file-form.ts';
import { type OpenSocket, openSocket } from '../../kit/open-socket.ts';
import { prepare, sendAs } from '../../kit/send-as.ts';
import { textAt } from '../../kit/shape.ts';
import { addMember, defaultWorkspace } from '../../security/administration/tenant-members.ts';
import { socketCheck, withSockets } from './check-fields.ts';
import { removalBreaks, subscriptionBreaks } from './subscription-breaks.ts';

const services = ['gateway', 'platform-services', 'file-service'] as const;
const needs = [registrationWorks, 'services.file-service.available'];

type Upload = (name: string) => Promise<string>;

export const subscriptionsFilter = defineCheck({
  ...socketCheck,
  users: 1,
  id: 'api.websocket.subscriptions-filter-events',
  title: 'A subscription gets its channels and subjects only',
  failureTitle: 'A subscription gets other events than it asked for, or not all',
  why: 'A page that shows one run must not show the steps of another one, and one that has closed a view must not go on receiving.',
  needs,
  services,
  remediation: {
    text: 'sockets/subscriptions.ts of the gateway decides for each event whether a connection wants it.',
    effort: 'hours',
  },
  expects: {
    ofChannel: equals(['file.uploaded.v1 first', 'file.uploaded.v1 second', 'file.uploaded.v1 third']),
    ofSubject: equals(['file.processing_finished.v1 first']),
    ofOtherChannel: empty(),
    unsubscribed: equals(['file.uploaded.v1 first']),
    withoutSubscription: empty(),
  },
  breaks: subscriptionBreaks,
  async run(context) {
    const user = await context.account();
    const send = sendAs(context, user);
    const { accessToken: token, address: from } = user;
    const opening = Array.from({ length: 5 }, () => openSocket(context, { token }));
    return withSockets(opening, async () => {
      const sockets = (await Promise.all(opening)) as [
        OpenSocket,
        OpenSocket,
        OpenSocket,
        OpenSocket,
        OpenSocket,
      ];
      const [whole, narrow, elsewhere, leaving] = sockets;
      const names = new Map<string, string>();
      const upload: Upload = async (name) => {
        const form = fileForm(`${name}.txt`, name);
        const { json } = await context.http.request('gateway', '/api/files/upload', {
          method: 'POST',
          token,
          from,
          ...form,
        });
        const id = textAt(json, 'id');
        names.set(id, name);
        await whole.until(({ subject }) => subject === id);
        return id;
      };
      await whole.subscribe(['file']);
      await elsewhere.subscribe(['workflow', 'saga', 'notification']);
      await leaving.subscribe(['file']);
      const first = await upload('first');
      await narrow.subscribe(['file'], { subject: first });
      await leaving.unsubscribe(['file']);
      const second = await upload('second');
      for (const id of [second, first]) {
        await prepare(send, 'POST', `/api/files/${id}/process`);
        await whole.until(({ type, subject }) => subject === id && type === 'file.processing_finished.v1');
      }
      await upload('third');
      await Promise.all(sockets.map((socket) => socket.settled()));
      const seen = ({ events }: OpenSocket, only?: LiveEvent['type']): string[] =>
        events
          .filter(({ type }) => type.startsWith('file.') && (only === undefined || type === only))
          .map(({ type, subject }) => `${type} ${names.get(subject) ?? subject}`);
      return {
        ofChannel: seen(whole, 'file.uploaded.v1'),
        ofSubject: seen(narrow),
        ofOtherChannel: seen(elsewhere),
        unsubscribed: seen(leaving),
        withoutSubscription: sockets[4].events.map(({ type }) => type),
      };
    });
  },
});

export const removedMembersHearNothing = defineCheck({
  ...socketCheck,
  id: 'api.websocket.removed-members-hear-nothing',
  title: 'A removed member gets no more events of a workspace',
  failureTitle: 'A removed member still gets events of the workspace',
  standards: ['ASVS 8.3.2', 'ASVS 8.4.1', 'API1'],
  why: 'A connection may stay open for days. Somebody who was removed must not follow the work of the others with it.',
  needs,
  services,
  remediation: {
    text: 'sockets/socket-connection.ts of the gateway follows the streams of the workspaces that the user may read, and asks again with each event.',
    effort: 'hours',
  },
  expects: {
    heardBefore: equals(1),
    heardAfterRemoval: equals(0),
    heardByOwner: equals(2),
    told: equals(true),
  },
  breaks: removalBreaks,
  async run(context) {
    const user = await context.account();
    const send = sendAs(context, user);
    const workspaceId = await defaultWorkspace(send);
    const member = await addMember(context, send, { workspaceId, role: 'viewer' });
    const { accessToken: token, address: from } = user;
    const opening = [user, member].map(({ accessToken }) => openSocket(context, { token: accessToken }));
    return withSockets(opening, async () => {
      const [own, theirs] = (await Promise.all(opening)) as [OpenSocket, OpenSocket];
      for (const socket of [own, theirs]) await socket.subscribe(['file', 'account']);
      const upload: Upload = async (name) => {
        const { json } = await context.http.request(
          'gateway',
          `/api/files/upload?workspace_id=${workspaceId}`,
          {
            method: 'POST',
            token,
            from,
            ...fileForm(`${name}.txt`, name),
          },
        );
        const id = textAt(json, 'id');
        await own.until(({ subject }) => subject === id);
        return id;
      };
      const first = await upload('before');
      await theirs.until(({ subject }) => subject === first);
      await prepare(send, 'DELETE', `/api/workspaces/${workspaceId}/members/${member.userId}`);
      const heard = await theirs.until(({ type }) => type === 'account.rights_changed.v1');
      const second = await upload('after');
      await theirs.settled();
      const about = ({ events }: OpenSocket, ids: readonly string[]) =>
        events.filter(({ subject }) => ids.includes(subject)).length;
      return {
        heardBefore: about(theirs, [first]),
        heardAfterRemoval: about(theirs, [second]),
        heardByOwner: about(own, [first, second]),
        told: heard.some(({ type }) => type === 'account.rights_changed.v1'),
      };
    });
  },
});
