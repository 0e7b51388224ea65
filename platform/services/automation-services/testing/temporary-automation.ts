import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { AccessClaims } from '../../../contracts/identity.ts';
import {
  startTemporaryDatabase,
  type TemporaryDatabase,
} from '../../../database/testing/temporary-database.ts';
import { openAuthentication } from '../../../kit/auth/authentication.ts';
import { loadSeparateEngine } from '../../../kit/durable/testing/separate-engine.ts';
import { createLog } from '../../../kit/observe/log.ts';
import { openDatabase } from '../../../kit/postgres/database.ts';
import { openRedis } from '../../../kit/redis/redis.ts';
import type { Clock } from '../../../kit/service/clock.ts';
import { type GrantServer, startGrantServer } from '../../../kit/testing/grant-server.ts';
import { ManualClock } from '../../../kit/testing/manual-clock.ts';
import { type RecordedLiveEvent, recordLiveEvents } from '../../../kit/testing/recorded-live-events.ts';
import { startTogether } from '../../../kit/testing/start-together.ts';
import { startTemporaryRedis } from '../../../kit/testing/temporary-redis.ts';
import { createTestAuthorities, type TestAuthorities } from '../../../kit/testing/test-authorities.ts';
import { testClaims } from '../../../kit/testing/test-claims.ts';
import { createTestSigner } from '../../../kit/testing/test-signer.ts';
import { buildAutomation } from '../app.ts';

export const internalKey = 'k'.repeat(32);

export interface TestUser {
  claims: AccessClaims;
  token: string;
}

export interface TestResponse {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests know the shape of the bodies
  body: any;
}

export interface RunningAutomation {
  readonly app: FastifyInstance;
  /** Polls for due schedules once. */
  poll(): Promise<void>;
  call(
    user: TestUser | undefined,
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    body?: object,
  ): Promise<TestResponse>;
  /** A call by another service, with or without its user's token. */
  serve(path: string, body: object, token?: string): Promise<TestResponse>;
  /** Ends like a killed process: its executions stay as they are. */
  kill(): Promise<void>;
}

export interface TemporaryAutomation extends RunningAutomation, AsyncDisposable {
  readonly authorities: TestAuthorities;
  /** Events for people, in their order. */
  readonly published: readonly RecordedLiveEvent[];
  /** Grants, in place of platform-services. */
  readonly platform: GrantServer;
  readonly clock: ManualClock;
  readonly stores: TemporaryDatabase;
  user(claims?: Partial<AccessClaims>): Promise<TestUser>;
  /** Another process of the service over the same stores. */
  another(options?: { clock?: Clock }): Promise<RunningAutomation>;
}

export interface PeerUrls {
  GATEWAY_URL?: string;
  AIRTABLE_GATEWAY_URL?: string;
  LLM_ORCHESTRATOR_URL?: string;
  FILE_SERVICE_URL?: string;
  /** Sends mails. Grants are then made there too. */
  PLATFORM_SERVICES_URL?: string;
}

/** What real peers beside the service need. */
export interface PeerStores {
  stores: TemporaryDatabase;
  redisUrl: string;
  platformUrl: string;
}

const unreachable = 'http://127.0.0.1:9';

/** The service over its own PostgreSQL and Redis, with a manual clock. */
export async function startTemporaryAutomation(
  peers: PeerUrls | ((beside: PeerStores) => Promise<PeerUrls>) = {},
  start = '2026-03-02T05:59:30.000Z',
): Promise<TemporaryAutomation> {
  const [stores, redisServer, signer] = await startTogether(
    startTemporaryDatabase(),
    startTemporaryRedis(),
    createTestSigner(),
  );
  const authorities = createTestAuthorities();
  const { publishLive, published } = recordLiveEvents();
  const platform = await startGrantServer(signer);
  const beside = { stores, redisUrl: redisServer.url, platformUrl: platform.url };
  const peerUrls = typeof peers === 'function' ? await peers(beside) : peers;
  const log = createLog({ service: 'automation-services', level: process.env.TEST_LOG_LEVEL ?? 'silent' });
  const shared = new ManualClock(start);
  const closers: (() => Promise<unknown>)[] = [];

  async function another({ clock = shared }: { clock?: Clock } = {}): Promise<RunningAutomation> {
    const database = openDatabase({ url: stores.urlOf('automation_services'), log });
    const redis = openRedis({ url: redisServer.url, log });
    const authentication = openAuthentication({
      config: { JWT_ISSUER: 'pyairtable', JWT_AUDIENCE: 'pyairtable-api' },
      keys: signer,
      redis,
      log,
    });
    const { app, durable, scheduler } = buildAutomation({
      config: {
        DATABASE_URL: stores.urlOf('automation_services'),
        PLATFORM_SERVICES_URL: platform.url,
        INTERNAL_API_KEY: internalKey,
        GATEWAY_URL: unreachable,
        AIRTABLE_GATEWAY_URL: unreachable,
        LLM_ORCHESTRATOR_URL: unreachable,
        FILE_SERVICE_URL: unreachable,
        SCHEDULER_INTERVAL_MS: 5_000,
        ...peerUrls,
      },
      log,
      database,
      dependencies: [database.dependency, redis.dependency],
      authenticate: authentication.authenticate,
      authorities,
      clock,
      publishLive,
      loadEngine: loadSeparateEngine,
    });
    await app.ready();
    durable.launch();
    await durable.launched();
    scheduler.start();
    let open = true;
    const kill = async () => {
      if (!open) return;
      open = false;
      // Without its database the closing service cannot write anything.
      await database.close();
      await durable.close({ drainMs: 0 });
      authentication.close();
      await redis.close();
      await app.close();
    };
    closers.push(async () => {
      if (!open) return;
      open = false;
      await app.close();
      authentication.close();
      await redis.close();
      await database.close();
    });
    return {
      app,
      async poll() {
        scheduler.wake();
        await scheduler.idle();
      },
      kill,
      async call(user, method, path, body) {
        const headers = user === undefined ? {} : { authorization: `Bearer ${user.token}` };
        const response = await app.inject({ method, url: path, headers, ...(body ? { payload: body } : {}) });
        return { status: response.statusCode, body: response.body === '' ? undefined : response.json() };
      },
      async serve(path, body, token) {
        const headers = {
          'x-internal-key': internalKey,
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        };
        const response = await app.inject({ method: 'POST', url: path, headers, payload: body });
        return { status: response.statusCode, body: response.json() };
      },
    };
  }

  const stop = async () => {
    for (const close of closers.splice(0).reverse()) await close();
    await Promise.all([stores.stop(), redisServer.stop(), platform.stop()]);
  };
  const first = await another().catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return {
    ...first,
    clock: shared,
    authorities,
    published,
    platform,
    stores,
    another,
    async user(overrides = {}) {
      // Tokens are verified against the system time, not the service's clock.
      const claims = testClaims({ tenant_id: randomUUID(), ...overrides });
      return { claims, token: await signer.sign(claims) };
    },
    [Symbol.asyncDispose]: stop,
  };
}

/** Polls until an execution has ended. Each request waits for the database, so the loop does not spin. */
export async function ended(
  service: RunningAutomation,
  user: TestUser,
  id: string,
): Promise<TestResponse['body']> {
  for (;;) {
    const { status, body } = await service.call(user, 'GET', `/executions/${id}`);
    if (status !== 200) throw new Error(`GET /executions/${id}: status ${status}`);
    if (body.status !== 'pending' && body.status !== 'running') return body;
  }
}

/** Polls until no execution that the user sees is waiting or running. */
export async function allEnded(service: RunningAutomation, user: TestUser): Promise<void> {
  for (const status of ['pending', 'running']) {
    for (;;) {
      const { body } = await service.call(user, 'GET', `/executions?status=${status}`);
      if (body.total === 0) break;
    }
  }
}
