import {
  type SocketChannel,
  type SocketEvent,
  type SocketRequest,
  socketChannels,
} from '../../../contracts/gateway/socket-frames.ts';
import type { AccessClaims } from '../../../contracts/identity.ts';
import { conversationChannels, scopeOfChannel } from '../../../contracts/live-events/event-types.ts';
import type { FeedEvent } from './event-feeds.ts';

type SubscriptionRequest = Extract<SocketRequest, { type: 'subscribe' | 'unsubscribe' }>;

/** Maximum number of subjects per channel and connection. */
const maxSubjects = 100;

/** Whether a token may hear of a channel: those of sessions of all, others of those that their scopes cover. */
function isCovered({ scope }: Pick<AccessClaims, 'scope'>, channel: SocketChannel): boolean {
  if (scope === undefined || channel === 'system_status') return true;
  const needed = scopeOfChannel[channel];
  return needed !== undefined && scope.split(' ').includes(needed);
}

/** Why a client may not subscribe to a channel; undefined when it may. */
function rejection(
  name: string,
  channel: SocketChannel | undefined,
  claims: AccessClaims,
): SocketEvent | undefined {
  if (channel === undefined)
    return { type: 'error', error: 'not_found', message: `There is no channel ${name}.` };
  if (isCovered(claims, channel)) return undefined;
  const scope = channel === 'system_status' ? undefined : scopeOfChannel[channel];
  const message =
    scope === undefined
      ? `Personal access tokens cannot subscribe to ${channel}.`
      : `${channel} needs the scope ${scope}.`;
  return { type: 'error', error: 'forbidden', message };
}

/** What one client has subscribed to: channels, whole or narrowed to some subjects. */
export class Subscriptions {
  readonly #channels = new Map<SocketChannel, Set<string> | 'all'>();
  /** Conversation that the URL names. */
  readonly #conversation: string | undefined;

  constructor(conversation: string | undefined) {
    this.#conversation = conversation;
  }

  /** Makes the changes that a frame asks for. @returns the frames to send, and the accepted channels */
  change(
    { type, subject, channel, channels }: SubscriptionRequest,
    claims: AccessClaims,
  ): { frames: SocketEvent[]; accepted: SocketChannel[] } {
    const frames: SocketEvent[] = [];
    const accepted: SocketChannel[] = [];
    for (const name of channels ?? [channel as string]) {
      const known = socketChannels.find((one) => one === name);
      const rejected = rejection(name, known, claims);
      if (rejected !== undefined || known === undefined) {
        if (rejected !== undefined) frames.push(rejected);
        continue;
      }
      const about = { channel: known, ...(subject === undefined ? {} : { subject }) };
      if (type === 'unsubscribe') {
        this.#remove(known, subject);
        frames.push({ type: 'unsubscribed', ...about });
      } else if (this.#add(known, subject)) {
        accepted.push(known);
        frames.push({ type: 'subscribed', ...about });
      } else {
        const message = `A connection can name ${maxSubjects} subjects of ${known}. Subscribe to the whole channel.`;
        frames.push({ type: 'error', error: 'rate_limited', message });
      }
    }
    return { frames, accepted };
  }

  has(channel: SocketChannel): boolean {
    return this.#channels.has(channel);
  }

  /** Whether the client gets an event, with the scopes that its token has now. */
  covers({ channel, subject }: Pick<FeedEvent, 'channel' | 'subject'>, claims: AccessClaims): boolean {
    const known = this.#channels.get(channel);
    if (known === undefined || (known !== 'all' && !known.has(subject))) return false;
    if (!isCovered(claims, channel)) return false;
    return (
      this.#conversation === undefined ||
      this.#conversation === subject ||
      !conversationChannels.includes(channel)
    );
  }

  /** False when there are too many subjects. */
  #add(channel: SocketChannel, subject: string | undefined): boolean {
    const known = this.#channels.get(channel);
    if (subject === undefined) {
      this.#channels.set(channel, 'all');
    } else if (known !== 'all') {
      const subjects = known ?? new Set();
      if (subjects.size >= maxSubjects && !subjects.has(subject)) return false;
      this.#channels.set(channel, subjects.add(subject));
    }
    return true;
  }

  /** Without a subject, the whole channel. */
  #remove(channel: SocketChannel, subject: string | undefined): void {
    const known = this.#channels.get(channel);
    if (subject === undefined) {
      this.#channels.delete(channel);
    } else if (known !== undefined && known !== 'all') {
      known.delete(subject);
      if (known.size === 0) this.#channels.delete(channel);
    }
  }
}
