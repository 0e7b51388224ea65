import type { Redis } from 'ioredis';
import type { z } from 'zod';
import type { Log } from '../../../kit/observe/log.ts';
import { isId } from '../airtable-id.ts';
import { noPermission, notFound } from '../airtable-problem.ts';
import type { Call } from '../upstream.ts';
import { type AirtableRequest, createAirtableHttp } from './airtable-http.ts';
import { createRequestLimit } from './request-limit.ts';
import { createResponseCache } from './response-cache.ts';

export interface RemoteOptions {
  apiUrl: string;
  token: string;
  /** Maximum wait for a response of Airtable, milliseconds. */
  timeoutMs: number;
  /** The tenant that owns the account; all others are rejected. */
  tenantId: string;
  redis: Redis;
  log: Log;
}

/** Scope of requests and cached responses that belong to no base. */
export const noBase = 'meta';

type Request<S extends z.ZodType> = Omit<AirtableRequest<S>, 'scope' | 'signal'>;
type Send = <S extends z.ZodType>(call: Call, base: string, request: Request<S>) => Promise<z.output<S>>;

interface CachedRead<T> {
  base: string;
  /** Table id or name as requested; absent for the schema. */
  table?: string;
  /** What distinguishes this read from others of the table, as JSON. */
  request: unknown;
  ttlS: number;
  load(): Promise<T>;
  keep?(response: T): boolean;
}

/**
 * Requests to one Airtable account. All of them reject callers of other tenants, and bases without a valid id. The
 * base is the scope of the request limit.
 */
export interface RemoteAccess {
  /** Keeps the cache: for reads, and for webhooks, which no cached response contains. */
  send: Send;
  /** Drops the base's cached responses, also when the write fails. */
  write: Send;
  cached<T>(call: Call, read: CachedRead<T>): Promise<T>;
  /** Drops cached responses of all bases, one base or some of its tables. Returns their number. */
  forget(call: Call, scope: { base?: string | undefined; tables?: readonly string[] }): Promise<number>;
}

export function createRemoteAccess(options: RemoteOptions): RemoteAccess {
  const { apiUrl, token, timeoutMs, tenantId, redis, log } = options;
  const limit = createRequestLimit({ redis, log, requests: 5, windowMs: 1_000, maxWaitMs: 10_000 });
  const http = createAirtableHttp({ apiUrl, token, limit, timeoutMs });
  const cache = createResponseCache({ redis, log });

  function assertOwner({ caller }: Call, base: string): void {
    if (caller.tenantId !== tenantId) throw noPermission();
    if (base !== noBase && !isId('app', base)) throw notFound();
  }

  const send: Send = async (call, base, request) => {
    assertOwner(call, base);
    return http({ ...request, scope: base, signal: call.signal });
  };

  return {
    send,
    async write(call, base, request) {
      assertOwner(call, base);
      try {
        return await http({ ...request, scope: base, signal: call.signal });
      } finally {
        await cache.forget({ tenantId, base });
      }
    },
    async cached(call, { base, table = '', ...read }) {
      assertOwner(call, base);
      return cache.through({ tenantId, base, table }, read);
    },
    async forget(call, scope) {
      assertOwner(call, scope.base ?? noBase);
      return cache.forget({ tenantId, ...scope });
    },
  };
}
