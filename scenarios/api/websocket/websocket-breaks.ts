import type { Break } from '../../../harness/engine/index.ts';
import { alteredJson } from '../../kit/altered-response.ts';

const streams = 'platform/kit/events/live-event-streams.ts';

/** Every event goes to everybody who listens to anything. */
const oneStream = {
  kind: 'source',
  file: streams,
  find: `return \`live:user:\${userId}\`;`,
  replace: `void userId;
  return 'live:user:all';`,
} as const;

export const typeBreaks: readonly Break[] = [
  { defect: 'Events of one user go to all users.', changes: [oneStream], violates: ['member', 'stranger'] },
];

export const fileEventBreaks: readonly Break[] = [
  {
    defect: 'Events of workspaces go to streams that nobody follows.',
    changes: [
      {
        kind: 'source',
        file: 'platform/services/gateway/sockets/event-feeds.ts',
        find: `subscriber.on('message', (name: string, message: string) => {`,
        replace: `subscriber.on('message', (name: string, message: string) => {
    if (name.startsWith('live:workspace:')) return;`,
      },
    ],
    violates: ['heard'],
  },
];

export const flowEventBreaks: readonly Break[] = [
  {
    defect: 'Events of flows are lost on their way to the clients.',
    changes: fileEventBreaks[0]?.changes ?? [],
    violates: ['run', 'saga', 'heardByMember'],
  },
  {
    defect: 'Events that wait for the rights of a client are sent in the opposite order.',
    changes: [
      {
        kind: 'source',
        file: 'platform/services/gateway/sockets/event-delivery.ts',
        find: 'this.#waiting.push(entry);',
        replace: 'this.#waiting.unshift(entry);',
      },
    ],
    violates: ['ordered'],
  },
];

export const ticketBreaks: readonly Break[] = [
  {
    defect: 'A ticket of a WebSocket can be used again.',
    changes: [
      {
        kind: 'source',
        file: 'platform/services/gateway/sockets/tickets.ts',
        find: 'stored = await redis.getdel(keyOf(ticket));',
        replace: 'stored = await redis.get(keyOf(ticket));',
      },
    ],
    violates: ['secondUse'],
  },
];

export const socketStatsBreaks: readonly Break[] = [
  {
    defect: 'The stats of WebSockets count one connection of others.',
    changes: [
      alteredJson('GET', /^\/api\/websocket\/stats$/, (body) => {
        body.connections += 1;
      }),
    ],
    violates: ['before', 'during'],
  },
  {
    defect: 'Sent events are not counted.',
    changes: [
      alteredJson('GET', /^\/api\/websocket\/stats$/, (body) => {
        body.events_sent = 0;
      }),
    ],
    violates: ['sent'],
  },
];

export const chatEventBreaks: readonly Break[] = [
  {
    defect: 'The response of a chat differs from its pieces.',
    changes: [
      alteredJson('POST', /^\/api\/chat$/, (body) => {
        body.response += ' and three';
      }),
    ],
    violates: ['sameText'],
  },
  { defect: 'Events of one user go to all users.', changes: [oneStream], violates: ['heardByAnotherUser'] },
];
