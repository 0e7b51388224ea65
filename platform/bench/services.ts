import { randomBytes } from 'node:crypto';
import { serviceNames } from '../contracts/service.ts';
import { peerVariable } from '../kit/service/config.ts';
import type { Listening } from './haproxy.ts';
import type { Processes } from './processes.ts';

export interface ServiceStart {
  name: string;
  program: string;
  cores?: string;
  env: Readonly<Record<string, string>>;
  /** Base URL for every peer that `env` does not name. */
  peerUrl: string;
  signal: AbortSignal;
}

/** Starts a service with production settings and waits until it listens. */
export async function startService(processes: Processes, options: ServiceStart): Promise<Listening> {
  const peers = Object.fromEntries(serviceNames.map((name) => [peerVariable(name), options.peerUrl]));
  const running = await processes.start(
    {
      name: options.name,
      command: process.execPath,
      args: [options.program],
      ...(options.cores === undefined ? {} : { cores: options.cores }),
      env: { ...peers, PORT: '0', INTERNAL_API_KEY: randomBytes(24).toString('hex'), ...options.env },
      ready: /"port":(\d+).*"listening"/,
    },
    options.signal,
  );
  return { ...running, port: Number(running.captured) };
}

/** A rate limit that no measurement reaches. Requests are still counted. */
export const unreachedLimit = { RATE_LIMIT_USER: '999999999/3600' } as const;
