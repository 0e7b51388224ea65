import type { Break } from '../../../harness/engine/index.ts';

const sockets = 'platform/services/gateway/sockets';
const covers = "if (known === undefined || (known !== 'all' && !known.has(subject))) return false;";

export const subscriptionBreaks: readonly Break[] = [
  {
    defect: 'A subscription to one subject gets the events of all.',
    changes: [
      {
        kind: 'source',
        file: `${sockets}/subscriptions.ts`,
        find: covers,
        replace: 'if (known === undefined) return false;',
      },
    ],
    violates: ['ofSubject'],
  },
  {
    defect: 'Connections get the events of all channels.',
    changes: [
      {
        kind: 'source',
        file: `${sockets}/subscriptions.ts`,
        find: covers,
        replace: "if (known !== undefined && known !== 'all' && !known.has(subject)) return false;",
      },
    ],
    violates: ['ofOtherChannel', 'unsubscribed', 'withoutSubscription'],
  },
];

export const removalBreaks: readonly Break[] = [
  {
    defect: 'Connections keep the events of workspaces that their user has left.',
    changes: [
      {
        kind: 'source',
        file: `${sockets}/event-delivery.ts`,
        find: 'if (await this.#options.mayRead(event.workspaceId as string)) {',
        replace: 'if (event.workspaceId !== null) {',
      },
      {
        kind: 'source',
        file: `${sockets}/socket-connection.ts`,
        find: 'for (const stream of before) if (!streams.has(stream)) feeds.unfollow(stream, this);',
        replace: '',
      },
    ],
    violates: ['heardAfterRemoval'],
  },
];
