import type { CheckContext } from '../../harness/engine/index.ts';
import { ProductFailure, ProductUnreachable } from '../../harness/engine/index.ts';
import { SocketEvent } from '../../platform/contracts/gateway/socket-frames.ts';
import type { LiveChannel, LiveEvent } from '../../platform/contracts/live-events/event-types.ts';

/** A WebSocket at the gateway, as a client of the platform sees it. */
export interface OpenSocket {
  /** Position before the first event. */
  readonly position: string;
  readonly userId: string;
  /** The events so far, in their order. */
  readonly events: readonly LiveEvent[];
  /** Subscribes and resolves with the confirmation. `subject`: only events about it. */
  subscribe(
    channels: readonly LiveChannel[],
    options?: { lastEventId?: string; subject?: string },
  ): Promise<void>;
  /** Ends subscriptions and resolves with the confirmation. */
  unsubscribe(channels: readonly LiveChannel[]): Promise<void>;
  /**
   * Resolves with the events when one meets the condition, or when the time is over.
   * @param limitMs milliseconds; default 15,000
   */
  until(isLast: (event: LiveEvent) => boolean, limitMs?: number): Promise<readonly LiveEvent[]>;
  /** Resolves when everything that the gateway sent before has arrived. */
  settled(): Promise<void>;
  close(): void;
}

/** Time for the handshake and for each confirmation, milliseconds. */
const confirmMs = 10_000;

/** Undefined for text that is not JSON: a frame that violates the contract must not end the harness. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Connects with an access token, or with a ticket in the URL.
 * @throws ProductUnreachable when the gateway rejects the handshake; ProductFailure when it rejects a frame
 */
export async function openSocket(
  { stack, signal }: Pick<CheckContext, 'stack' | 'signal'>,
  credential: { token: string } | { ticket: string },
): Promise<OpenSocket> {
  const url = `${stack.services.gateway.replace(/^http/, 'ws')}/ws`;
  const socket = new WebSocket('ticket' in credential ? `${url}?ticket=${credential.ticket}` : url);
  const frames: SocketEvent[] = [];
  const events: LiveEvent[] = [];
  const changes = new EventTarget();
  let end: string | undefined;

  socket.addEventListener('message', ({ data }) => {
    const frame = SocketEvent.safeParse(parsed(String(data)));
    if (!frame.success) end ??= `a frame violates the contract: ${String(data).slice(0, 300)}`;
    else if ('event' in frame.data) events.push(frame.data.event);
    else frames.push(frame.data);
    changes.dispatchEvent(new Event('change'));
  });
  socket.addEventListener('close', ({ code, reason }) => {
    end ??= `closed with ${code} ${reason}`.trim();
    changes.dispatchEvent(new Event('change'));
  });
  socket.addEventListener('error', () => {});
  signal.addEventListener('abort', () => socket.close(), { once: true });

  /** Resolves when `isDone`, when the socket has ended, or when the time is over. */
  async function wait(isDone: () => boolean, limitMs: number): Promise<void> {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(limitMs)]);
    while (!isDone() && end === undefined && !limit.aborted) {
      const { promise, resolve } = Promise.withResolvers<void>();
      changes.addEventListener('change', () => resolve(), { once: true });
      limit.addEventListener('abort', () => resolve(), { once: true });
      await promise;
    }
    signal.throwIfAborted();
  }

  async function frameOf<T extends SocketEvent['type']>(type: T): Promise<Extract<SocketEvent, { type: T }>> {
    const find = () => frames.findIndex((frame) => frame.type === type || frame.type === 'error');
    await wait(() => find() >= 0, confirmMs);
    const [frame] = find() < 0 ? [] : frames.splice(find(), 1);
    if (frame?.type === type) return frame as Extract<SocketEvent, { type: T }>;
    const reason = frame?.type === 'error' ? frame.message : (end ?? `no ${type} frame in time`);
    throw new ProductFailure(`The WebSocket of the gateway: ${reason}`);
  }

  await new Promise<void>((resolve, reject) => {
    socket.addEventListener('open', () => resolve(), { once: true });
    socket.addEventListener('error', () =>
      reject(
        new ProductUnreachable({
          address: `gateway at ${stack.services.gateway}`,
          code: 'WS_HANDSHAKE',
          doing: 'Opening a WebSocket',
        }),
      ),
    );
  });
  if ('token' in credential) socket.send(JSON.stringify({ type: 'auth', token: credential.token }));
  const welcome = await frameOf('authenticated');

  return {
    position: welcome.last_event_id,
    userId: welcome.user_id,
    events,
    async subscribe(channels, { lastEventId, subject } = {}) {
      socket.send(JSON.stringify({ type: 'subscribe', channels, subject, last_event_id: lastEventId }));
      for (const _ of channels) await frameOf('subscribed');
    },
    async unsubscribe(channels) {
      socket.send(JSON.stringify({ type: 'unsubscribe', channels }));
      for (const _ of channels) await frameOf('unsubscribed');
    },
    async until(isLast, limitMs = 15_000) {
      await wait(() => events.some(isLast), limitMs);
      return events;
    },
    async settled() {
      socket.send(JSON.stringify({ type: 'ping' }));
      await frameOf('pong');
    },
    close: () => socket.close(),
  };
}
