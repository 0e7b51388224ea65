import type { Redis } from 'ioredis';
import type { Pool } from 'pg';
import type { BrowserContext } from 'playwright-core';
import type { ServiceName } from '../../platform/contracts/service.ts';
import type { Json } from './check.ts';
import type { Account } from './instruments/http/account.ts';
import type { HttpInstrument } from './instruments/http/http.ts';
import type { LoadInstrument } from './instruments/load/load.ts';
import type { TraceInstrument } from './instruments/traces/traces.ts';
import type { StackAddresses } from './stack.ts';

/** Everything a check may use. Each instrument records what it saw as evidence of the check. */
export interface CheckContext {
  /** Aborts at the check's time limit or when the run is interrupted; pass it on. */
  readonly signal: AbortSignal;
  /** Pseudo-random numbers in [0,1), seeded from the run's seed and the check's id. */
  random(): number;
  /** A name no other check of this run uses, e.g. for emails and table names. */
  unique(prefix: string): string;
  readonly stack: StackAddresses;
  /** HTTP straight to a service, or to the gateway. Every exchange becomes evidence, secrets redacted. */
  readonly http: HttpInstrument;
  /** Registers a fresh user in a tenant of its own, from a source address of its own. */
  account(): Promise<Account>;
  /** A source address nobody else of this run sends from; `127.0.0.1` where the system has no others. */
  newAddress(): string;
  /** A pool with the database owner's rights; needs `postgres-admin`. */
  databaseAdmin(): Pool;
  /** A pool with one service's own role; needs `postgres-service-roles`. */
  databaseAs(service: ServiceName): Pool;
  /** Needs `redis-admin`. */
  redis(): Redis;
  /** A fresh browser context, closed after the check; needs `browser`. Failures leave a screenshot as evidence. */
  browser(): Promise<BrowserContext>;
  /** Needs `k6`. */
  readonly load: LoadInstrument;
  /** Needs `traces`. */
  readonly traces: TraceInstrument;
  /**
   * Runs a Python program, given as text, with values as one JSON object on its standard input; what it prints
   * last must be JSON and is the answer. Needs `python`.
   */
  python(program: string, input: Json): Promise<Json>;
  /** Facts of the boot: milliseconds from the start of the boot until the node was ready; undefined if it never was. */
  readyAfterMs(node: string): number | undefined;
  /** Processes of the stack that have ended since the boot, with the reason; empty while all is well. */
  exited(): readonly { node: string; reason: string }[];
  /** Keeps a value as an evidence file. */
  keep(name: string, value: Json | string | Uint8Array): Promise<void>;
}
