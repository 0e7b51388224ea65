import { isIPv4 } from 'node:net';
import { describe, expect, it } from 'vitest';
import { sourceAddresses } from './source-addresses.ts';

describe('source addresses', () => {
  it('are loopback addresses, each returned once', () => {
    const addresses = sourceAddresses({ many: true, runId: 'a' });
    const returned = Array.from({ length: 2000 }, () => addresses.next());
    expect(new Set(returned).size).toBe(2000);
    expect(returned.every((address) => isIPv4(address) && /^127\.\d+\.\d+\.\d+$/.test(address))).toBe(true);
    expect(returned.some((address) => /\.(0|255)$/.test(address))).toBe(false);
  });

  it('start at a different address in another run', () => {
    const next = (runId: string): string => sourceAddresses({ many: true, runId }).next();
    expect(next('a')).not.toBe(next('b'));
  });

  it('are all the same if the system has only one', () => {
    const addresses = sourceAddresses({ many: false, runId: 'a' });
    expect([addresses.next(), addresses.next()]).toEqual(['127.0.0.1', '127.0.0.1']);
  });
});
