import type { LiveEvent } from '../../../platform/contracts/live-events/event-types.ts';
import type { OpenSocket } from '../../kit/open-socket.ts';

/** Fields of the checks of WebSockets. */
export const socketCheck = {
  category: 'api',
  severity: 'high',
  timeoutMs: 60_000,
} as const;

/** Whether every event came after the one before it. */
export function isOrdered(events: readonly LiveEvent[]): boolean {
  const numbers = events.map(({ id }) => id.split('-').map(Number));
  return numbers.every(([ms = 0, number = 0], index) => {
    const [beforeMs = 0, beforeNumber = 0] = numbers[index - 1] ?? [];
    return ms > beforeMs || (ms === beforeMs && number > beforeNumber) || index === 0;
  });
}

/** Closes the sockets after their use. */
export async function withSockets<T>(
  open: readonly Promise<OpenSocket>[],
  use: () => Promise<T>,
): Promise<T> {
  try {
    return await use();
  } finally {
    for (const socket of await Promise.allSettled(open))
      if (socket.status === 'fulfilled') socket.value.close();
  }
}
