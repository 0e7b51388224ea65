import {
  type CheckContext,
  defineCheck,
  equals,
  ProductUnreachable,
  scriptedMessage,
} from '../../../harness/engine/index.ts';
import { SocketStats, SocketTicket } from '../../../platform/contracts/gateway/sockets.ts';
import type { LiveEvent } from '../../../platform/contracts/live-events/event-types.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { fileForm } from '../../kit/file-form.ts';
import { type OpenSocket, openSocket } from '../../kit/open-socket.ts';
import { pollUntil } from '../../kit/poll-until.ts';
import { prepare, sendAs } from '../../kit/send-as.ts';
import { textAt } from '../../kit/shape.ts';
import { awaitOwnEvent } from './await-own-event.ts';
import { isOrdered, socketCheck, withSockets } from './check-fields.ts';
import { chatEventBreaks, fileEventBreaks, socketStatsBreaks, ticketBreaks } from './websocket-breaks.ts';

type Account = Awaited<ReturnType<CheckContext['account']>>;

async function upload(context: CheckContext, { accessToken, address }: Account): Promise<string> {
  const { http, unique } = context;
  const { json } = await http.request('gateway', '/api/files/upload', {
    method: 'POST',
    token: accessToken,
    from: address,
    ...fileForm(`${unique('file')}.txt`, 'somebody waits for this'),
  });
  return textAt(json, 'id');
}

const typesAbout = (events: readonly LiveEvent[], subject: string): string =>
  events
    .filter((event) => event.subject === subject)
    .map(({ type }) => type)
    .join(', ');

export const filesAreHeard = defineCheck({
  ...socketCheck,
  users: 2,
  id: 'api.websocket.events-reach-the-right-users',
  title: 'Events of a file reach its user, and no other tenant',
  why: 'Pages show progress from these events. One that reaches another tenant is a leak that no route check sees.',
  needs: [registrationWorks, 'services.file-service.available'],
  services: ['gateway', 'platform-services', 'file-service'],
  remediation: {
    text: 'Read the Redis stream live:workspace:<id>. Without the event, file-service does not publish. With it, the gateway does not deliver: compare GET /internal/users/<id>/authority of platform-services with the workspace of the file.',
    effort: 'days',
  },
  expects: {
    heard: equals('file.uploaded.v1, file.processing_finished.v1'),
    ordered: equals(true),
    heardByAnotherTenant: equals(0),
    replayed: equals('file.uploaded.v1, file.processing_finished.v1'),
  },
  breaks: fileEventBreaks,
  async run(context) {
    const [user, stranger] = [await context.account(), await context.account()];
    const mine = openSocket(context, { token: user.accessToken });
    const other = openSocket(context, { token: stranger.accessToken });
    const later = openSocket(context, { token: user.accessToken });
    return withSockets([mine, other, later], async () => {
      const [own, foreign, second] = await Promise.all([mine, other, later]);
      await Promise.all([own.subscribe(['file']), foreign.subscribe(['file', 'account'])]);
      const id = await upload(context, user);
      await own.until(({ subject }) => subject === id);
      await prepare(sendAs(context, user), 'POST', `/api/files/${id}/process`);
      const isEnd = ({ subject, type }: LiveEvent) =>
        subject === id && type === 'file.processing_finished.v1';
      const heard = await own.until(isEnd);
      // The stranger's own event comes after them: an earlier one would have arrived.
      await awaitOwnEvent(foreign, sendAs(context, stranger), context.unique('space'));
      const heardByAnotherTenant = foreign.events.filter(({ type }) => type.startsWith('file.')).length;
      await second.subscribe(['file'], { lastEventId: own.position });
      const replayed = await second.until(isEnd);
      return {
        heard: typesAbout(heard, id),
        ordered: isOrdered(heard),
        heardByAnotherTenant,
        replayed: typesAbout(replayed, id),
      };
    });
  },
});

export const ticketWorksOnce = defineCheck({
  ...socketCheck,
  users: 1,
  id: 'api.websocket.ticket-works-once',
  title: 'A WebSocket ticket opens one connection of its user',
  why: 'Tickets are in URLs, which proxies may log. A ticket that works twice lets a reader of the log listen.',
  needs: [registrationWorks],
  services: ['gateway', 'platform-services'],
  remediation: {
    text: 'The gateway takes a ticket with GETDEL from Redis. All gateways need the same REDIS_URL.',
    effort: 'hours',
  },
  expects: {
    status: equals(201),
    userIsRight: equals(true),
    secondUse: equals('rejected'),
    withoutToken: equals(401),
  },
  breaks: ticketBreaks,
  async run(context) {
    const user = await context.account();
    const send = sendAs(context, user);
    const response = await send('POST', '/api/websocket/ticket');
    const ticket = SocketTicket.safeParse(response.json).data?.ticket ?? 'none';
    const first = openSocket(context, { ticket });
    return withSockets([first], async () => {
      const { userId } = await first;
      const secondUse = await openSocket(context, { ticket }).then(
        (socket) => {
          socket.close();
          return 'accepted';
        },
        (error: unknown) => {
          if (error instanceof ProductUnreachable) return 'rejected';
          throw error;
        },
      );
      const me = (await send('GET', '/api/auth/me')).json;
      const anonymous = await context.http.request('gateway', '/api/websocket/ticket', { method: 'POST' });
      return {
        status: response.status,
        userIsRight: userId === textAt(me, 'id'),
        secondUse,
        withoutToken: anonymous.status,
      };
    });
  },
});

export const statsCountOwn = defineCheck({
  ...socketCheck,
  users: 2,
  id: 'api.websocket.stats-count-own-connections',
  title: 'WebSocket stats count the caller’s connections only',
  why: 'Support reads them to find out whether a user’s page is connected. Counts of everybody would tell users about others.',
  needs: [registrationWorks],
  services: ['gateway', 'platform-services'],
  remediation: {
    text: 'GET /api/websocket/stats counts by user, for administrators of a tenant by tenant. Each gateway process counts its own connections.',
    effort: 'hours',
  },
  expects: {
    before: equals(0),
    during: equals(1),
    /** Whether as many events are counted as arrive, in total and of the channel. The onboarding may send some too. */
    sent: equals([true, true]),
    wellFormed: equals(true),
    withoutKey: equals(403),
  },
  breaks: socketStatsBreaks,
  async run(context) {
    const [user, other] = [await context.account(), await context.account()];
    const read = async () =>
      SocketStats.safeParse((await sendAs(context, user)('GET', '/api/websocket/stats')).json);
    const foreign = openSocket(context, { token: other.accessToken });
    return withSockets([foreign], async () => {
      await foreign;
      const before = await read();
      const own = openSocket(context, { token: user.accessToken });
      return withSockets([own], async () => {
        const socket = await own;
        await socket.subscribe(['account']);
        await awaitOwnEvent(socket, sendAs(context, user), context.unique('counted'));
        const heard = socket.events.length;
        const during = await read();
        const counted = [during.data?.events_sent ?? -1, during.data?.sent_by_channel.account ?? -1];
        // Events that are counted may still be on their way.
        const arrived = await pollUntil(
          async () => socket.events.length,
          (length) => counted.every((count) => count <= length),
          context,
          2_000,
        );
        const all = await context.http.request('gateway', '/internal/websocket/stats?of=gateway');
        return {
          before: before.data?.connections ?? -1,
          during: during.data?.connections ?? -1,
          sent: counted.map((count) => heard <= count && count <= arrived),
          wellFormed: before.success && during.success,
          withoutKey: all.status,
        };
      });
    });
  },
});

export const chatIsHeard = defineCheck({
  ...socketCheck,
  users: 2,
  id: 'api.websocket.chat-reaches-only-its-user',
  title: 'Chat pieces arrive in order, and only for their user',
  failureTitle: 'Chat pieces are lost, out of order or heard by another user',
  standards: ['ASVS 8.2.2', 'API1'],
  why: 'Conversations are private. A stream that arrives out of order or elsewhere breaks the page or the promise.',
  needs: [registrationWorks, 'services.llm-orchestrator.available'],
  services: ['gateway', 'platform-services', 'llm-orchestrator', 'mcp-server'],
  requires: ['model-server'],
  remediation: {
    text: 'Read the Redis stream live:user:<id>. Without chat events, llm-orchestrator does not publish; its log has the reason.',
    effort: 'days',
  },
  timeoutMs: 90_000,
  expects: {
    sameText: equals(true),
    indexesInOrder: equals(true),
    ordered: equals(true),
    heardByAnotherUser: equals(0),
  },
  breaks: chatEventBreaks,
  async run(context) {
    const [user, stranger] = [await context.account(), await context.account()];
    const sockets = [user, stranger].map(({ accessToken }) => openSocket(context, { token: accessToken }));
    return withSockets(sockets, async () => {
      const [own, foreign] = (await Promise.all(sockets)) as [OpenSocket, OpenSocket];
      for (const socket of [own, foreign]) await socket.subscribe(['chat_stream', 'account']);
      const session_id = context.unique('conversation');
      const response = await context.http.request('gateway', '/api/chat', {
        method: 'POST',
        token: user.accessToken,
        from: user.address,
        timeoutMs: 60_000,
        body: { message: scriptedMessage('Count.', { replies: [{ text: ['one, ', 'two'] }] }), session_id },
      });
      const heard = await own.until(({ type }) => type === 'chat.completed.v1');
      await awaitOwnEvent(foreign, sendAs(context, stranger), context.unique('space'));
      const pieces = heard.filter(({ type, subject }) => type === 'chat.delta.v1' && subject === session_id);
      return {
        sameText: pieces.map(({ data }) => data.text).join('') === textAt(response.json, 'response'),
        indexesInOrder: pieces.length > 0 && pieces.every(({ data }, index) => data.index === index),
        ordered: isOrdered(heard),
        heardByAnotherUser: foreign.events.filter(({ type }) => type.startsWith('chat.')).length,
      };
    });
  },
});
