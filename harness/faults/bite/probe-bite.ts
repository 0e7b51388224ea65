import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import pg from 'pg';
import type { ServiceName } from '../../../platform/contracts/service.ts';
import type { StackAddresses } from '../../engine/stack.ts';
import type { BootFacts, LogLine } from '../../evidence/facts.ts';
import type { LinkEnd } from '../change.ts';
import type { Bite, BiteResult } from './bite.ts';
import { sendProbe } from './send-probe.ts';

/** Maximum time for a fault to take hold, milliseconds. */
const limitMs = 15_000;
const pollMs = 100;
/** Maximum time for one answer of a store, milliseconds. */
const answerMs = 2_000;
/** Maximum length of what is shown, characters. */
const shownLength = 300;

/** The platform in which a fault is to take hold. */
export interface BitePlatform {
  /** With the proxies of the faults. */
  readonly addresses: StackAddresses;
  readonly boot: readonly BootFacts[];
  exited(): readonly { node: string; reason: string }[];
  /** Lines that a node has written. */
  logs(node: string): readonly LogLine[];
  /** Port of the link from a service to what it calls; undefined without one. */
  linkPort(from: ServiceName, to: LinkEnd): number | undefined;
  /** The code that a service runs. @throws Error where it cannot be read */
  programOf(service: ServiceName): Promise<string>;
  /** What is wrong with the build context that the checks see, one sentence each. */
  contextProblems(): Promise<readonly string[]>;
  /** The text of a file of the checkout that the checks see. */
  fileOf(path: string): Promise<string>;
}

/** Waits until the fault has taken hold, for at most 15 s. Never throws: a failure is what was seen. */
export async function probeBite(
  bite: Bite,
  platform: BitePlatform,
  signal: AbortSignal,
): Promise<BiteResult> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    const { seen, failed } = await look(bite, platform).then(
      (text) => ({ seen: text, failed: false }),
      (error: unknown) => ({
        seen: `the probe failed: ${error instanceof Error ? error.message : String(error)}`,
        failed: true,
      }),
    );
    const shown = seen.length > shownLength ? `${seen.slice(0, shownLength)}…` : seen;
    if (!failed && shows(bite, seen)) return { bit: true, seen: shown };
    // What failed in the boot does not change any more.
    if (bite.kind === 'boot' || performance.now() > deadline || signal.aborted)
      return { bit: false, seen: shown === '' ? 'nothing of it' : shown };
    await pause(pollMs, undefined, { signal }).catch(() => undefined);
  }
}

function shows(bite: Bite, seen: string): boolean {
  return bite.kind === 'exit' || bite.kind === 'program' ? seen !== '' : bite.shows.test(seen);
}

/** What is to be seen now; empty: nothing. */
async function look(bite: Bite, platform: BitePlatform): Promise<string> {
  switch (bite.kind) {
    case 'boot': {
      const failure = platform.boot.find(({ node }) => node === bite.node)?.failure;
      if (!failure) return '';
      const texts = [failure.cause, failure.lastProbe ?? '', ...failure.logs.map(({ text }) => text)];
      return texts.find((text) => bite.shows.test(text)) ?? failure.cause;
    }
    case 'exit': {
      const exit = platform.exited().find(({ node }) => node === bite.node);
      return exit ? `${exit.node} ${exit.reason}` : '';
    }
    case 'request':
      return sendProbe(bite, platform.addresses);
    case 'through': {
      const port = platform.linkPort(bite.from, bite.to);
      if (port === undefined) throw new Error(`there is no link from ${bite.from} to ${bite.to}`);
      const { service = 'gateway' } = bite.request;
      const services = { ...platform.addresses.services, [service]: `http://127.0.0.1:${port}` };
      return sendProbe(
        { ...bite.request, kind: 'request', shows: bite.shows },
        { ...platform.addresses, services },
      );
    }
    case 'sql':
      return query(bite.query, platform);
    case 'redis':
      return command(bite.command, platform);
    case 'log': {
      for (const request of bite.after ?? [])
        await sendProbe({ kind: 'request', shows: /./, ...request }, platform.addresses);
      const texts = platform.logs(bite.node).map(({ text }) => text);
      return texts.findLast((text) => bite.shows.test(text)) ?? '';
    }
    case 'program':
      return (await platform.programOf(bite.service)).includes(bite.contains) ? bite.contains : '';
    case 'context':
      return (await platform.contextProblems()).join(' ');
    case 'checkout':
      return bite.shows.exec(await platform.fileOf(bite.file))?.[0] ?? '';
  }
}

async function query(text: string, { addresses }: BitePlatform): Promise<string> {
  if (!addresses.postgres) throw new Error('the database cannot be reached as its owner');
  const client = new pg.Client({
    connectionString: addresses.postgres.adminUrl,
    connectionTimeoutMillis: answerMs,
    query_timeout: answerMs,
  });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query<unknown[]>({ text, rowMode: 'array' });
    return String(rows[0]?.[0] ?? null);
  } finally {
    await client.end();
  }
}

async function command([name, ...args]: readonly [string, ...string[]], { addresses }: BitePlatform) {
  if (!addresses.redis) throw new Error('Redis cannot be reached');
  const client = new Redis(addresses.redis.url, { lazyConnect: true, maxRetriesPerRequest: 1 });
  client.on('error', () => undefined);
  try {
    return JSON.stringify(await client.call(name, ...args));
  } finally {
    client.disconnect();
  }
}
