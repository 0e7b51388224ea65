import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ServiceName } from '../../../../platform/contracts/service.ts';
import type { LogLine } from '../../../evidence/facts.ts';
import type { LogWatch } from '../../../evidence/log-watch.ts';
import { LogSecrets } from '../../logs/log-secrets.ts';
import { NodeLog } from '../../logs/node-log.ts';
import type { LogSource } from './log-source.ts';

/** Pause between two rounds, milliseconds. */
const pauseMs = 250;

/** The logs of a target, as far as they were written since the harness follows them. */
export interface FollowedLogs extends AsyncDisposable {
  logs(service: string, sinceMs: number): readonly LogLine[];
  readonly logWatch: LogWatch;
}

/**
 * Follows the logs of services and stores them in the run folder, redacted like those of every runtime.
 * @throws Error when the source does not give the log of one of them
 */
export async function followLogs(options: {
  source: LogSource;
  services: readonly ServiceName[];
  /** Folder of the logs, one file per service. */
  logFolder: string;
  signal: AbortSignal;
}): Promise<FollowedLogs> {
  const { source, services, logFolder } = options;
  const secrets = new LogSecrets();
  const ended = new AbortController();
  const signal = AbortSignal.any([options.signal, ended.signal]);
  // The first call only finds the ends of the logs.
  try {
    for (const service of services) await source.read(service, signal);
  } catch (error) {
    source.close?.();
    throw error;
  }
  const logs = new Map<string, NodeLog>(
    services.map((node) => [node, new NodeLog({ node, file: join(logFolder, `${node}.log`), secrets })]),
  );
  const readAll = async (): Promise<void> => {
    for (const service of services) {
      // A source that is away for a moment has the lines later.
      const text = await source.read(service, signal).catch(() => '');
      if (text !== '') logs.get(service)?.write('stdout', text);
    }
  };
  const following = (async () => {
    while (!signal.aborted) {
      await readAll();
      await delay(pauseMs, undefined, { signal }).catch(() => undefined);
    }
  })();
  return {
    logs: (service, sinceMs) => logs.get(service)?.since(sinceMs) ?? [],
    logWatch: secrets,
    async [Symbol.asyncDispose]() {
      ended.abort();
      await following;
      source.close?.();
      await Promise.all(
        [...logs.values()].map((log) => {
          log.end('stdout');
          return log.close();
        }),
      );
    },
  };
}
