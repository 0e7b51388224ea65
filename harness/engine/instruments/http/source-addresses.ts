import { createHash } from 'node:crypto';

/** Hands out loopback addresses to send from, none of them twice. */
export interface SourceAddresses {
  next(): string;
}

const shared = '127.0.0.1';

/**
 * The platform limits sign-ins and registrations per address. Real users sit at addresses of their own, so
 * each simulated user gets one: the limits stay as they are, and no check uses up another's.
 * @param options.many whether the system lets a socket send from any 127.0.0.0/8 address.
 * @param options.runId moves the range, so that runs against one long-lived stack do not meet.
 */
export function sourceAddresses(options: { many: boolean; runId: string }): SourceAddresses {
  if (!options.many) return { next: () => shared };
  // 127.1.0.1 to 127.254.255.254 without addresses that end in 0 or 255.
  const size = 254 * 256 * 254;
  let position = createHash('sha256').update(options.runId).digest().readUInt32LE(0) % size;
  return {
    next: () => {
      position = (position + 1) % size;
      const last = (position % 254) + 1;
      const third = Math.floor(position / 254) % 256;
      const second = Math.floor(position / (254 * 256)) + 1;
      return `127.${second}.${third}.${last}`;
    },
  };
}
