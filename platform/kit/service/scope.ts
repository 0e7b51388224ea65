import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import type { SpanContext } from '@opentelemetry/api';
import { newSpanContext } from '../observe/trace-context.ts';

/** Context of the current request or job, available anywhere in its call tree. */
export interface Scope {
  readonly requestId: string;
  /** The caller's access token, forwarded to peers. */
  readonly token: string | undefined;
  /** The parent of new spans. */
  readonly span: SpanContext;
  /** The transaction that the database work of this request joins. */
  readonly joined?: Joinable | undefined;
  /** Makes keys for the calls to peers, where the request has an idempotency key. */
  readonly peerKeys?: PeerKeys | undefined;
}

/** An open transaction of a request, for work that does not know its database. */
export interface Joinable {
  readonly isOpen: boolean;
  /** Calls it once the transaction is durable; never after a rollback. */
  afterCommit(work: () => unknown): void;
}

/** Derives the idempotency key of a call from the key of the request that makes it. */
export type PeerKeys = (call: { method: string; url: string; body: string | undefined }) => string;

const scopes = new AsyncLocalStorage<Scope>();

/** The current scope; undefined outside of requests and jobs. */
export function currentScope(): Scope | undefined {
  return scopes.getStore();
}

/** Runs work in a scope. */
export function runInScope<T>(scope: Scope, work: () => T): T {
  return scopes.run(scope, work);
}

/** Creates a scope for work without a request: a job, a schedule, a message. */
export function backgroundScope(options: Partial<Scope> = {}): Scope {
  return { requestId: randomUUID(), token: undefined, span: newSpanContext(), ...options };
}
