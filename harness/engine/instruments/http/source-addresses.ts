import { createHash } from 'node:crypto';

/** Returns unused loopback addresses to send from. */
export interface SourceAddresses {
  next(): string;
}

const shared = '127.0.0.1';

/**
 * The platform limits sign-ins and registrations per address. Real users have different addresses, so each simulated
 * user gets its own: the limits stay in force, and no check uses up the limit of another.
 * @param options.many whether the system lets a socket send from any 127.0.0.0/8 address
 * @param options.runId shifts the range, so that runs against one long-lived stack do not share addresses
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
