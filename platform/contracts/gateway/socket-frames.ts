import { z } from 'zod';
import { LiveEvent, liveChannels, liveEventId } from '../live-events/event-types.ts';

/** Channels of subscriptions: those of events, and the state of the platform's services. */
export const socketChannels = [...liveChannels, 'system_status'] as const;
export type SocketChannel = (typeof socketChannels)[number];

const channel = z.string().regex(/^[a-z_]{1,50}$/);
const subject = z.string().min(1).max(200);
const subscription = {
  channel: channel.optional(),
  channels: z.array(channel).min(1).max(20).optional().describe('Several channels at once'),
  subject: subject.optional().describe('Only events about this conversation, run, saga or file'),
};
const namesAChannel = (frame: { channel?: string | undefined; channels?: string[] | undefined }) =>
  (frame.channel === undefined) !== (frame.channels === undefined);

/**
 * Frames that a client sends on `GET /ws`, as JSON text. Without `?ticket=` in the URL, the first frame must be `auth`,
 * within 10 s. A later `auth` frame of the same session extends the connection beyond the expiry of its first token.
 */
export const SocketRequest = z.union([
  z.object({ type: z.literal('auth'), token: z.string().min(1).max(8192) }),
  z.object({ type: z.literal('auth'), ticket: z.string().min(1).max(200) }),
  z.object({ type: z.literal('ping') }),
  z
    .object({
      type: z.literal('subscribe'),
      ...subscription,
      last_event_id: liveEventId
        .optional()
        .describe('Replays the events of these channels after this one. Name all channels in one frame'),
    })
    .refine(namesAChannel),
  z.object({ type: z.literal('unsubscribe'), ...subscription }).refine(namesAChannel),
]);
export type SocketRequest = z.infer<typeof SocketRequest>;

const subscribed = {
  channel: z.enum(socketChannels),
  subject: subject.optional(),
};

/** Frames that the gateway sends. */
export const SocketEvent = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('authenticated'),
    session_id: z.string(),
    user_id: z.uuid(),
    last_event_id: liveEventId.describe('Position of the connection before its first event'),
  }),
  z.object({
    type: z.literal('pong'),
    last_event_id: liveEventId.describe('Newest position without losses'),
  }),
  z.object({ type: z.literal('subscribed'), ...subscribed }),
  z.object({ type: z.literal('unsubscribed'), ...subscribed }),
  z.object({ type: z.enum(liveChannels), event: LiveEvent }),
  z.object({ type: z.literal('system_status'), data: z.unknown() }),
  z.object({
    type: z.literal('gap'),
    since: liveEventId,
    message: z.string(),
  }),
  z.object({ type: z.literal('error'), error: z.string(), message: z.string() }),
]);
export type SocketEvent = z.infer<typeof SocketEvent>;
