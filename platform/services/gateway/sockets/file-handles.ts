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

/** Maximum number of WebSocket connections of a process where no setting names one. */
export const usualSockets = 10_000;

/**
 * The maximum number of WebSocket connections of this process. Every connection is an open file. Without enough of them,
 * a gateway would reject requests long before its limit.
 * @param setting the number that the configuration names; by default the usual one, or as many as files allow
 * @param limit maximum number of open files
 * @throws ConfigError when the process may not open enough files for the number in the configuration
 */
export function socketCapacity(setting: number | undefined, limit: number | undefined): number {
  const allowed = limit === undefined ? Number.POSITIVE_INFINITY : Math.max(1, limit - others);
  if (setting === undefined) return Math.min(usualSockets, allowed);
  if (setting <= allowed) return setting;
  throw new ConfigError([
    {
      variable: 'SOCKETS_PER_PROCESS',
      problem: `${setting} connections need ${setting + others} open files, but this process may open ${limit}: raise its limit (ulimit -n) or lower the setting`,
      example: String(allowed),
    },
  ]);
}
