import type { IncomingHttpHeaders } from 'node:http';
import type { ServiceName } from '../../platform/contracts/service.ts';
import type { LinkFault } from './link/open-link.ts';

/** A request on its way through the proxy between the checks and a service. */
export interface ProxiedRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** A response on its way back. */
export interface ProxiedResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** What the proxy does to the exchanges that match; everything else passes unchanged. */
export interface ExchangeChange {
  kind: 'exchange';
  /** What the proxy stands before: a service, or the Prometheus of the run. Default: `gateway`. */
  service?: ServiceName | 'prometheus';
  /** Default: every method. */
  method?: string;
  /** Matched against path and query. */
  path: RegExp;
  /** Returns what is sent on instead. */
  request?(request: ProxiedRequest): Partial<ProxiedRequest>;
  /** Returns what the client gets instead. */
  response?(response: ProxiedResponse, request: ProxiedRequest): Partial<ProxiedResponse>;
  /** How long the response is held back, milliseconds. */
  delayMs?: number;
  /** Ends the connection after this number of bytes of the body. */
  truncateAfter?: number;
  /** Closes the connection without a response. */
  drop?: true;
}

/** A proxy of its own, where `exchange` does not suffice, e.g. for WebSockets. */
export interface ProxyChange {
  kind: 'proxy';
  /** Default: `gateway`. */
  service?: ServiceName;
  open(upstream: string): Promise<{ readonly url: string } & AsyncDisposable>;
}

/** A variable's new value: `undefined` removes it, a function gets the complete environment of the service. */
export type VariableChange =
  | string
  | undefined
  | ((environment: Readonly<Record<string, string>>) => string | undefined);

/** Environment variables of one service. The platform boots with them. */
export interface EnvironmentChange {
  kind: 'environment';
  service: ServiceName;
  set: Readonly<Record<string, VariableChange>>;
}

/** Another process listens on the port of a service. The platform boots with it. */
export interface PortChange {
  kind: 'port';
  service: ServiceName;
}

/** What a service calls: another one, a store, or the language model. */
export type LinkEnd = ServiceName | 'postgres' | 'redis' | 'model';

/** What happens between a service and what it calls. Everything else that the service calls is not affected. */
export interface LinkChange {
  kind: 'link';
  from: ServiceName;
  to: LinkEnd;
  /** A fault of the connections, or a change of the HTTP exchanges on them. */
  does: LinkFault | Omit<ExchangeChange, 'kind' | 'service'>;
}

/** A changed line of the platform's source, in a copy. The platform boots from the copy. */
export interface SourceChange {
  kind: 'source';
  /** Path from the root of the repository. */
  file: string;
  /** Text that occurs exactly once in the file. */
  find: string;
  replace: string;
}

/**
 * A changed place of a file of the repository, also of an installed package, as the check reads it: in a copy of what
 * the builder of the image gets, and in the files of the checkout.
 */
export interface CheckoutChange {
  kind: 'checkout';
  /** Path from the root of the repository. */
  file: string;
  /** Text that occurs exactly once in the file. */
  find: string;
  replace: string;
}

/** Statements with the rights of the database owner. */
export interface SqlChange {
  kind: 'sql';
  apply: string;
  restore: string;
}

/** A trigger for each row, which acts with the rights of the service that changes the row. */
export interface TriggerChange {
  kind: 'trigger';
  /** When it fires and on which table, e.g. `before update of role on identity.users`. */
  on: string;
  /** Whether it fires at the end of the transaction, which then sees nothing of it; `on` begins with `after`. */
  atCommit?: boolean;
  /** Statements in PL/pgSQL that end with a return. */
  does: string;
}

/** Commands of Redis, e.g. `[['config', 'set', 'maxmemory', '1']]`. */
export interface RedisChange {
  kind: 'redis';
  apply: readonly (readonly string[])[];
  restore: readonly (readonly string[])[];
}

/** A signal to a node of the platform. `SIGSTOP` is healed by `SIGCONT`, the others by a restart. */
export interface SignalChange {
  kind: 'signal';
  node: string;
  signal: 'SIGSTOP' | 'SIGTERM' | 'SIGKILL';
}

/** A small, named change of the platform, which breaks it on purpose. */
export type Change =
  | ExchangeChange
  | ProxyChange
  | EnvironmentChange
  | PortChange
  | LinkChange
  | SourceChange
  | CheckoutChange
  | SqlChange
  | TriggerChange
  | RedisChange
  | SignalChange;
