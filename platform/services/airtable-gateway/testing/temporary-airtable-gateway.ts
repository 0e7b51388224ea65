import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { AccessClaims } from '../../../contracts/identity.ts';
import {
  startTemporaryDatabase,
  type TemporaryDatabase,
} from '../../../database/testing/temporary-database.ts';
import { openAuthentication } from '../../../kit/auth/authentication.ts';
import { createLog } from '../../../kit/observe/log.ts';
import { createMetrics } from '../../../kit/observe/metrics.ts';
import { openDatabase } from '../../../kit/postgres/database.ts';
import { openRedis } from '../../../kit/redis/redis.ts';
import type { RecurringWork } from '../../../kit/service/recurring-work.ts';
import { startTogether } from '../../../kit/testing/start-together.ts';
import { startTemporaryRedis } from '../../../kit/testing/temporary-redis.ts';
import { createTestAuthorities, type TestAuthorities } from '../../../kit/testing/test-authorities.ts';
import { testClaims } from '../../../kit/testing/test-claims.ts';
import { createTestSigner, type TestSigner } from '../../../kit/testing/test-signer.ts';
import { buildApp } from '../app.ts';
import { configSchema } from '../config.ts';
import { openUpstream } from '../open-upstream.ts';

export interface TestUser {
  claims: AccessClaims;
  token: string;
}

export interface GatewayResponse {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests read bodies of many shapes
  body: any;
}

export interface ListeningGateway {
  readonly app: FastifyInstance;
  /** The endpoint URL for Airtable clients. */
  readonly url: string;
  /** Pings webhooks when woken; in tests it does not poll. */
  readonly notifier: RecurringWork | undefined;
  /** Delivers record events when woken; in tests it does not poll. */
  readonly recordEvents: RecurringWork | undefined;
  /** Stores keys when woken. */
  readonly indexes: RecurringWork | undefined;
  call(user: TestUser | undefined, method: string, path: string, body?: unknown): Promise<GatewayResponse>;
}

export interface TemporaryAirtableGateway extends ListeningGateway, AsyncDisposable {
  readonly stores: TemporaryDatabase;
  readonly redisUrl: string;
  readonly signer: TestSigner;
  /** What users may do; by default each owns the one workspace of the tenant. */
  readonly authorities: TestAuthorities;
  /** A user in a new tenant, unless the claims name one. */
  user(claims?: Partial<AccessClaims>): Promise<TestUser>;
  /** Starts another instance of the service on the same stores. */
  another(env: Record<string, string>): Promise<ListeningGateway>;
}

/** Starts the service on its own PostgreSQL and Redis. It listens on the loopback interface. */
export async function startTemporaryAirtableGateway(): Promise<TemporaryAirtableGateway> {
  const [stores, redisServer, signer] = await startTogether(
    startTemporaryDatabase(),
    startTemporaryRedis(),
    createTestSigner(),
  );
  const log = createLog({ service: 'airtable-gateway', level: process.env.TEST_LOG_LEVEL ?? 'silent' });
  const authorities = createTestAuthorities();
  const closers: (() => Promise<unknown>)[] = [];

  async function another(env: Record<string, string>): Promise<ListeningGateway> {
    const config = configSchema.parse({
      PORT: '0',
      INTERNAL_API_KEY: 'k'.repeat(32),
      DATABASE_URL: stores.urlOf('airtable_gateway'),
      REDIS_URL: redisServer.url,
      PLATFORM_SERVICES_URL: 'http://127.0.0.1:9',
      AUTOMATION_SERVICES_URL: 'http://127.0.0.1:9',
      ...env,
    });
    const metrics = createMetrics('airtable-gateway');
    const database = openDatabase({ url: config.DATABASE_URL, log });
    const redis = openRedis({ url: config.REDIS_URL, log });
    const authentication = openAuthentication({ config, keys: signer, redis, log });
    const { notifier, recordEvents, indexes, ...opened } = await openUpstream({
      config,
      database,
      redis,
      authorities,
      registry: metrics.registry,
      log,
    });
    const app = buildApp({
      config,
      log,
      database,
      authorities,
      ...opened,
      reportsChanges: recordEvents !== undefined,
      authenticate: authentication.authenticate,
      metrics,
      dependencies: [database.dependency, redis.dependency],
    });
    await app.listen({ host: '127.0.0.1', port: 0 });
    closers.push(async () => {
      app.server.closeAllConnections();
      await app.close();
      authentication.close();
      await notifier?.close();
      await recordEvents?.close();
      await indexes?.close();
      await redis.close();
      await database.close();
    });
    const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
    return {
      app,
      url,
      notifier,
      recordEvents,
      indexes,
      call: (user, method, path, body) => send(url, { user, method, path, body }),
    };
  }

  const stop = async () => {
    for (const close of closers.splice(0).reverse()) await close();
    await Promise.all([stores.stop(), redisServer.stop()]);
  };
  const main = await another({}).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return {
    ...main,
    stores,
    redisUrl: redisServer.url,
    signer,
    authorities,
    async user(overrides = {}) {
      const claims = testClaims(overrides);
      return { claims, token: await signer.sign(claims) };
    },
    another,
    [Symbol.asyncDispose]: stop,
  };
}

async function send(
  url: string,
  request: { user: TestUser | undefined; method: string; path: string; body: unknown },
): Promise<GatewayResponse> {
  const { user, method, path, body } = request;
  const response = await fetch(url + path, {
    method,
    headers: {
      ...(user === undefined ? {} : { authorization: `Bearer ${user.token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text === '' ? undefined : JSON.parse(text),
  };
}
