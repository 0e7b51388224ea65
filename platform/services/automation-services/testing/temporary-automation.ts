import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { AccessClaims } from '../../../contracts/identity.ts';
import {
  startTemporaryDatabase,
  type TemporaryDatabase,
} from '../../../database/testing/temporary-database.ts';
import { openAuthentication } from '../../../kit/auth/authentication.ts';
import { createLog } from '../../../kit/observe/log.ts';
import { openDatabase } from '../../../kit/postgres/database.ts';
import { openRedis } from '../../../kit/redis/redis.ts';
import type { Clock } from '../../../kit/service/clock.ts';
import { ManualClock } from '../../../kit/testing/manual-clock.ts';
import { startTogether } from '../../../kit/testing/start-together.ts';
import { startTemporaryRedis } from '../../../kit/testing/temporary-redis.ts';
import { testClaims } from '../../../kit/testing/test-claims.ts';
import { createTestSigner } from '../../../kit/testing/test-signer.ts';
import { buildAutomation } from '../app.ts';
import type { Runner } from '../executions/runner.ts';
import type { Scheduler } from '../schedules/scheduler.ts';

export const internalKey = 'k'.repeat(32);

export interface TestUser {
  claims: AccessClaims;
  token: string;
}

export interface Answer {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of many shapes
  body: any;
}

export interface RunningAutomation {
  readonly app: FastifyInstance;
  readonly runner: Runner;
  readonly scheduler: Scheduler;
  call(
    user: TestUser | undefined,
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    body?: object,
  ): Promise<Answer>;
  /** A call of another service, which may bring its user's token. */
  serve(path: string, body: object, token?: string): Promise<Answer>;
  /** Ends without a word, as a killed process does: its executions stay as they are. */
  kill(): Promise<void>;
}

export interface TemporaryAutomation extends RunningAutomation, AsyncDisposable {
  readonly clock: ManualClock;
  readonly stores: TemporaryDatabase;
  user(claims?: Partial<AccessClaims>): Promise<TestUser>;
  /** A further process's worth of service over the same stores. */
  another(options?: { clock?: Clock }): Promise<RunningAutomation>;
}

export interface PeerUrls {
  GATEWAY_URL?: string;
  AIRTABLE_GATEWAY_URL?: string;
  FILE_SERVICE_URL?: string;
}

const nobody = 'http://127.0.0.1:9';

/** The service over a PostgreSQL and a Redis of its own, with a clock that stands still until it is moved. */
export async function startTemporaryAutomation(
  peers: PeerUrls = {},
  start = '2026-03-02T05:59:30.000Z',
): Promise<TemporaryAutomation> {
  const [stores, redisServer, signer] = await startTogether(
    startTemporaryDatabase(),
    startTemporaryRedis(),
    createTestSigner(),
  );
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
    const { app, runner, scheduler } = buildAutomation({
      config: {
        INTERNAL_API_KEY: internalKey,
        GATEWAY_URL: nobody,
        AIRTABLE_GATEWAY_URL: nobody,
        FILE_SERVICE_URL: nobody,
        SCHEDULER_INTERVAL_MS: 5_000,
        ...peers,
      },
      log,
      database,
      dependencies: [database.dependency, redis.dependency],
      authenticate: authentication.authenticate,
      clock,
    });
    await app.ready();
    let open = true;
    const kill = async () => {
      if (!open) return;
      open = false;
      // Without its database nothing it does while it closes is written.
      await database.close();
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
      runner,
      scheduler,
      kill,
      async call(user, method, path, body) {
        const headers = user === undefined ? {} : { authorization: `Bearer ${user.token}` };
        const answer = await app.inject({ method, url: path, headers, ...(body ? { payload: body } : {}) });
        return { status: answer.statusCode, body: answer.body === '' ? undefined : answer.json() };
      },
      async serve(path, body, token) {
        const headers = {
          'x-internal-key': internalKey,
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        };
        const answer = await app.inject({ method: 'POST', url: path, headers, payload: body });
        return { status: answer.statusCode, body: answer.json() };
      },
    };
  }

  const stop = async () => {
    for (const close of closers.splice(0).reverse()) await close();
    await Promise.all([stores.stop(), redisServer.stop()]);
  };
  const first = await another().catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return {
    ...first,
    clock: shared,
    stores,
    another,
    async user(overrides = {}) {
      // Tokens are judged by the machine's own time, whatever the service's clock says.
      const claims = testClaims({ tenant_id: randomUUID(), ...overrides });
      return { claims, token: await signer.sign(claims) };
    },
    [Symbol.asyncDispose]: stop,
  };
}

/** Asks until an execution has ended; each answer waits for the database, so this does not spin. */
export async function ended(service: RunningAutomation, user: TestUser, id: string): Promise<Answer['body']> {
  for (;;) {
    const { status, body } = await service.call(user, 'GET', `/executions/${id}`);
    if (status !== 200) throw new Error(`GET /executions/${id} answered ${status}`);
    if (body.status !== 'pending' && body.status !== 'running') return body;
  }
}
