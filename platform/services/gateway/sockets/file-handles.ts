import { readFile } from 'node:fs/promises';
import { ConfigError } from '../../../kit/service/config.ts';

/** Open files that a gateway needs beside its WebSocket connections: requests, services, stores, modules. */
const others = 1_000;

/** Maximum number of open files of this process; undefined where the system has no `/proc`. */
export async function readFileLimit(): Promise<number | undefined> {
  const limits = await readFile('/proc/self/limits', 'utf8').catch(() => '');
  const found = /^Max open files +(\S+)/m.exec(limits)?.[1];
  if (found === undefined) return undefined;
  return found === 'unlimited' ? Number.POSITIVE_INFINITY : Number(found);
}

/**
 * Every connection is an open file. Without enough of them, a gateway would reject requests long before its limit.
 * @throws ConfigError when the process may not open enough files for its WebSocket connections
 */
export function assertFileLimit(limit: number | undefined, sockets: number): void {
  const needed = sockets + others;
  if (limit === undefined || limit >= needed) return;
  throw new ConfigError([
    {
      variable: 'SOCKETS_PER_PROCESS',
      problem: `${sockets} connections need ${needed} open files, but this process may open ${limit}: raise its limit (ulimit -n) or lower the setting`,
      example: String(Math.max(1, limit - others)),
    },
  ]);
}
