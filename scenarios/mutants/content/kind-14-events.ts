// biome-ignore-all lint/suspicious/noTemplateCurlyInString: lines of the platform's source
import { type Mutant, replacing } from '../mutant.ts';

const streams = 'kit/events/live-event-streams.ts';
const sockets = 'services/gateway/sockets';
const delivery = `${sockets}/event-delivery.ts`;
const everyType = ['api.websocket.every-type-reaches-its-audience'] as const;
const flows = ['api.websocket.flow-events-reach-members'] as const;
const rightUsers = ['api.websocket.events-reach-the-right-users'] as const;

/** Kind 14: events that reach the wrong users, or not the right ones. */
export const eventMutants: readonly Mutant[] = [
  {
    id: 'events.to-every-user',
    kind: 14,
    defect: 'The events of each user go to every user.',
    changes: [
      replacing(
        streams,
        'return `live:user:${userId}`;',
        "return `live:user:${userId === '' ? '' : 'all'}`;",
      ),
    ],
    caughtBy: everyType,
  },
  {
    id: 'events.of-every-workspace',
    kind: 14,
    defect: 'The events of each workspace go to every user of the platform.',
    changes: [
      replacing(
        streams,
        'return `live:workspace:${workspaceId}`;',
        "return `live:workspace:${workspaceId === '' ? '' : 'all'}`;",
      ),
      replacing(
        delivery,
        'if (await this.#options.mayRead(event.workspaceId as string)) {',
        'if (event.workspaceId !== null) {',
      ),
    ],
    caughtBy: everyType,
  },
  {
    id: 'events.of-the-whole-workspace-to-the-starter-only',
    kind: 14,
    defect: 'Events of a workspace reach only the user who has caused them.',
    changes: [
      replacing(
        'kit/events/publish-live-event.ts',
        "spec.audience === 'workspace' ? (workspaceId ?? null) : null;",
        "spec.audience === 'workspace' && type.startsWith('never') ? (workspaceId ?? null) : null;",
      ),
    ],
    caughtBy: everyType,
  },
  {
    id: 'events.of-saga-steps-missing',
    kind: 14,
    defect: 'The ends of saga steps are not announced.',
    changes: [
      replacing(
        'services/saga-service/events/saga-live-events.ts',
        'if (stepEnd !== undefined) {',
        "if (stepEnd === 'skipped') {",
      ),
    ],
    caughtBy: flows,
  },
  {
    id: 'events.of-workflow-steps-missing',
    kind: 14,
    defect: 'The ends of workflow steps are not announced.',
    changes: [
      replacing(
        'services/automation-services/executions/execution-steps.ts',
        'this.#events.stepFinished(index, end.status, end.error);',
        '',
      ),
    ],
    caughtBy: flows,
  },
  {
    id: 'events.of-compensated-steps-missing',
    kind: 14,
    defect: 'It is not announced that steps of a failed saga are undone.',
    changes: [
      replacing('services/saga-service/events/saga-live-events.ts', "step_compensated: 'compensated',", ''),
    ],
    caughtBy: flows,
  },
  {
    id: 'events.twice',
    kind: 14,
    defect: 'Each event is published twice.',
    changes: [
      replacing(
        streams,
        "if ARGV[1] ~= '' then id = append('event', ARGV[1]) end",
        "if ARGV[1] ~= '' then append('event', ARGV[1]) id = append('event', ARGV[1]) end",
      ),
    ],
    caughtBy: flows,
  },
  {
    id: 'events.delivered-twice',
    kind: 14,
    defect: 'Events of a workspace are sent twice to each client.',
    changes: [
      replacing(
        delivery,
        'if (this.#closed) return;\n      this.#options.send(event);',
        'if (this.#closed) return;\n      this.#options.send(event);\n      this.#options.send(event);',
      ),
    ],
    caughtBy: flows,
  },
  {
    id: 'events.second-one-lost',
    kind: 14,
    defect: 'Each seventh event of a client is lost.',
    changes: [
      replacing(delivery, '  #closed = false;', '  #closed = false;\n  #seen = 0;'),
      replacing(
        delivery,
        'if (this.#closed) return;\n    if (!this.#running && this.#deliverNow(entry)) return;',
        'this.#seen += 1;\n    if (this.#closed || this.#seen % 7 === 0) return;\n    if (!this.#running && this.#deliverNow(entry)) return;',
      ),
    ],
    caughtBy: flows,
  },
  {
    id: 'events.out-of-order',
    kind: 14,
    defect: 'Events that wait for a client are sent in the opposite order.',
    changes: [replacing(delivery, 'this.#waiting.push(entry);', 'this.#waiting.unshift(entry);')],
    caughtBy: flows,
  },
  {
    id: 'events.replayed-in-the-wrong-order',
    kind: 14,
    defect: 'After a reconnection, missed events come in the opposite order.',
    changes: [
      replacing(
        `${sockets}/event-feeds.ts`,
        '.sort((a, b) => compareEventIds(a.id, b.id));',
        '.sort((a, b) => compareEventIds(b.id, a.id));',
      ),
    ],
    caughtBy: rightUsers,
  },
  {
    id: 'events.not-replayed',
    kind: 14,
    defect: 'After a reconnection, the last missed event is not sent.',
    changes: [
      replacing(
        `${sockets}/event-feeds.ts`,
        'return { entries, gap, position: newestId ?? after };',
        'return { entries: entries.slice(0, -1), gap, position: newestId ?? after };',
      ),
    ],
    caughtBy: rightUsers,
  },
  {
    id: 'events.of-other-subjects',
    kind: 14,
    defect: 'A subscription to one subject gets the events of all.',
    changes: [
      replacing(
        `${sockets}/subscriptions.ts`,
        "if (known === undefined || (known !== 'all' && !known.has(subject))) return false;",
        'if (known === undefined) return false;',
      ),
    ],
    caughtBy: ['api.websocket.subscriptions-filter-events'],
  },
  {
    id: 'events.of-other-channels',
    kind: 14,
    defect: 'Clients get the events of channels that they have not subscribed to.',
    changes: [
      replacing(
        `${sockets}/subscriptions.ts`,
        "if (known === undefined || (known !== 'all' && !known.has(subject))) return false;",
        "if (known !== undefined && known !== 'all' && !known.has(subject)) return false;",
      ),
    ],
    caughtBy: ['api.websocket.subscriptions-filter-events'],
  },
  {
    id: 'events.after-unsubscribing',
    kind: 14,
    defect: 'Clients get events of a channel after they have unsubscribed from it.',
    changes: [
      replacing(
        `${sockets}/subscriptions.ts`,
        'this.#channels.delete(channel);\n    } else if',
        'this.#channels.has(channel);\n    } else if',
      ),
    ],
    caughtBy: ['api.websocket.subscriptions-filter-events'],
  },
  {
    id: 'events.after-removal',
    kind: 14,
    defect: 'Members who were removed from a workspace still get its events.',
    changes: [
      replacing(
        delivery,
        'if (await this.#options.mayRead(event.workspaceId as string)) {',
        'if (event.workspaceId !== null) {',
      ),
      replacing(
        `${sockets}/socket-connection.ts`,
        'for (const stream of before) if (!streams.has(stream)) feeds.unfollow(stream, this);',
        '',
      ),
    ],
    caughtBy: ['api.websocket.removed-members-hear-nothing'],
  },
  {
    id: 'events.ticket-works-twice',
    kind: 14,
    defect: 'A ticket for a WebSocket works several times.',
    changes: [replacing(`${sockets}/tickets.ts`, 'redis.getdel(keyOf(ticket))', 'redis.get(keyOf(ticket))')],
    caughtBy: ['api.websocket.ticket-works-once'],
  },
  {
    id: 'events.stats-of-everybody',
    kind: 14,
    defect: 'Events are not counted in the statistics.',
    changes: [replacing(`${sockets}/socket-connection.ts`, 'this.counts.sent[event.channel] += 1;', '')],
    caughtBy: ['api.websocket.stats-count-own-connections'],
  },
];
