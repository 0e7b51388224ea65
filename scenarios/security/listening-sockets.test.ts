import { describe, expect, it } from 'vitest';
import { isLoopback, parseTable } from './listening-sockets.ts';

const header =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';
const row = (local: string, state: string, inode: string): string =>
  `   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000     0        0 ${inode} 1 0 100 0`;

describe('the table of TCP sockets', () => {
  it('gives address and port of listening IPv4 and IPv6 sockets', () => {
    const table = [
      header,
      row('0100007F:1F40', '0A', '11'),
      row('00000000:0BB8', '0A', '12'),
      row('0100007F:1F41', '01', '13'),
      row('00000000000000000000000001000000:1F42', '0A', '14'),
      row('00000000000000000000000000000000:1F43', '0A', '15'),
      row('0000000000000000FFFF00000100007F:1F44', '0A', '16'),
    ].join('\n');
    expect(parseTable(table)).toEqual([
      { address: '127.0.0.1', port: 8000, inode: '11' },
      { address: '0.0.0.0', port: 3000, inode: '12' },
      { address: '::1', port: 8002, inode: '14' },
      { address: '::', port: 8003, inode: '15' },
      { address: '::ffff:127.0.0.1', port: 8004, inode: '16' },
    ]);
  });

  it.each([
    ['127.0.0.1', true],
    ['::1', true],
    ['::ffff:127.0.0.1', true],
    ['0.0.0.0', false],
    ['::', false],
    ['192.168.1.4', false],
  ])('%s is a loopback address: %s', (address, expected) => {
    expect(isLoopback(address)).toBe(expected);
  });
});
