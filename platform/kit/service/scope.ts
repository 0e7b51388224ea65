import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import type { SpanContext } from '@opentelemetry/api';
import { newSpanContext } from '../observe/trace-context.ts';

/** What belongs to the work in hand, wherever in the call tree it is looked at. */
export interface Scope {
  readonly requestId: string;
  /** The caller's access token, passed on to peers. */
  readonly token: string | undefined;
  /** The span that new spans are children of. */
  readonly span: SpanContext;
}

const scopes = new AsyncLocalStorage<Scope>();

/** The scope of the work in hand; undefined outside of requests and jobs. */
export function currentScope(): Scope | undefined {
  return scopes.getStore();
}

/** Runs work in a scope. */
export function runInScope<T>(scope: Scope, work: () => T): T {
  return scopes.run(scope, work);
}

/** A scope for work that no request started: a job, a schedule, a message. */
export function backgroundScope(
  options: { requestId?: string; token?: string; span?: SpanContext } = {},
): Scope {
  return {
    requestId: options.requestId ?? randomUUID(),
    token: options.token,
    span: options.span ?? newSpanContext(),
  };
}
