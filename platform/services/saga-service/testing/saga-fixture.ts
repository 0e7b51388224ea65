import type { FastifyInstance } from 'fastify';
import pg from 'pg';
import { expect } from 'vitest';
import type { AccessClaims } from '../../../contracts/identity.ts';
import {
  startTemporaryDatabase,
  type TemporaryDatabase,
} from '../../../database/testing/temporary-database.ts';
import { createDelegatedTokens, createMint } from '../../../kit/auth/delegated-tokens.ts';
import { createTokenVerifier } from '../../../kit/auth/token-verifier.ts';
import { loadSeparateEngine } from '../../../kit/durable/testing/separate-engine.ts';
import { createLog } from '../../../kit/observe/log.ts';
import { createMetrics } from '../../../kit/observe/metrics.ts';
import { type Database, openDatabase } from '../../../kit/postgres/database.ts';
import { openRedis } from '../../../kit/redis/redis.ts';
import { systemClock } from '../../../kit/service/clock.ts';
import { ManualClock } from '../../../kit/testing/manual-clock.ts';
import { startTogether } from '../../../kit/testing/start-together.ts';
import { startTemporaryRedis, type TemporaryRedis } from '../../../kit/testing/temporary-redis.ts';
import { createTestAuthorities, type TestAuthorities } from '../../../kit/testing/test-authorities.ts';
import { testClaims } from '../../../kit/testing/test-claims.ts';
import { createTestSigner, type TestSigner } from '../../../kit/testing/test-signer.ts';
import { buildApp } from '../app.ts';
import { openSagas, type Sagas } from '../open-sagas.ts';
import { createSagaGrants } from '../run/saga-grants.ts';
import { createSagaMetrics } from '../run/saga-metrics.ts';
import { createStepCaller } from '../steps/call-step.ts';
import { stepServices } from '../steps/step-route.ts';
import { type StepTarget, startStepTarget } from './step-target.ts';

export const internalKey = 'k'.repeat(32);

/** Stores and a target server, shared by the processes of a test. */
export interface Stores extends AsyncDisposable {
  readonly postgres: TemporaryDatabase;
  readonly redis: TemporaryRedis;
  readonly target: StepTarget;
  readonly signer: TestSigner;
  readonly admin: pg.Client;
  /** Resolves when every saga has ended. */
  settled(): Promise<void>;
}

export async function startStores(): Promise<Stores> {
  const [postgres, redis, target, signer] = await startTogether(
    startTemporaryDatabase(),
    startTemporaryRedis(),
    startStepTarget(),
    createTestSigner(),
  );
  const admin = new pg.Client({ connectionString: postgres.adminUrl });
  await admin.connect();
  return {
    postgres,
    redis,
    target,
    signer,
    admin,
    async settled() {
      const unfinished = async () => {
        const { rows } = await admin.query(
          `select count(*)::int as left from sagas.sagas where status in ('pending', 'running', 'compensating')`,
        );
        return rows[0].left;
      };
      await expect.poll(unfinished, { timeout: 60_000 }).toBe(0);
    },
    async [Symbol.asyncDispose]() {
      await admin.end();
      await target[Symbol.asyncDispose]();
      await redis.stop();
      await postgres.stop();
    },
  };
}

/** A step caller that sends every call to one address. */
export const callerOf = (url: string) =>
  createStepCaller({
    baseUrls: Object.fromEntries(stepServices.map((name) => [name, url])) as Record<
      (typeof stepServices)[number],
      string
    >,
    internalKey,
    tokens: createDelegatedTokens(createMint({ baseUrl: url, internalKey, actor: 'saga-service' })),
  });

/** One process of the service. */
export interface TestService extends AsyncDisposable {
  readonly app: FastifyInstance;
  readonly authorities: TestAuthorities;
  readonly sagas: Sagas;
  readonly clock: ManualClock;
  readonly database: Database;
}

export function openService(
  stores: Stores,
  options: {
    maxConcurrent?: number;
    maxPerTenant?: number;
    start?: boolean;
    launch?: boolean;
    realTime?: boolean;
  } = {},
): TestService {
  const log = createLog({ service: 'test', level: 'silent' });
  const clock = new ManualClock('2025-08-07T12:00:00.000Z');
  const database = openDatabase({ url: stores.postgres.urlOf('saga_service'), log });
  const redis = openRedis({ url: stores.redis.url, log });
  const metrics = createMetrics('saga-service');
  const sagas = openSagas({
    database,
    databaseUrl: stores.postgres.urlOf('saga_service'),
    redis,
    callStep: callerOf(stores.target.url),
    grants: createSagaGrants({ baseUrl: stores.target.url, internalKey }),
    internalKey,
    loadEngine: loadSeparateEngine,
    // A saga's end in time is judged by every process that runs it.
    clock: options.realTime ? systemClock : clock,
    log,
    metrics: createSagaMetrics(metrics.registry),
    maxConcurrent: options.maxConcurrent ?? 100,
    maxPerTenant: options.maxPerTenant ?? 500,
  });
  const authorities = createTestAuthorities();
  const verifier = createTokenVerifier({
    issuer: 'pyairtable',
    audience: 'pyairtable-api',
    keys: { keyOf: stores.signer.keyOf },
  });
  const app = buildApp({
    config: { INTERNAL_API_KEY: internalKey },
    log,
    database,
    redis,
    sagas,
    metrics,
    dependencies: [database.dependency, redis.dependency],
    authenticate: verifier.authenticate,
    authorities,
  });
  if (options.start) sagas.start();
  else if (options.launch !== false) sagas.durable.launch();
  return {
    app,
    authorities,
    sagas,
    clock,
    database,
    async [Symbol.asyncDispose]() {
      const closed = app.close();
      await sagas.close();
      await closed;
      await redis.close();
      await database.close();
    },
  };
}

/** A signed-in user of a service under test. */
export interface TestUser {
  readonly claims: AccessClaims;
  readonly token: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests know the shape of the responses
  call(method: 'GET' | 'POST', path: string, body?: unknown): Promise<{ status: number; json: any }>;
}

export async function signIn(
  stores: Stores,
  service: TestService,
  overrides: Partial<AccessClaims> = {},
): Promise<TestUser> {
  const claims = testClaims(overrides);
  const token = await stores.signer.sign(claims);
  return {
    claims,
    token,
    async call(method, url, payload) {
      const response = await service.app.inject({
        method,
        url,
        headers: { authorization: `Bearer ${token}` },
        ...(payload === undefined ? {} : { payload: payload as object }),
      });
      return { status: response.statusCode, json: response.body === '' ? undefined : response.json() };
    },
  };
}

/** A step that creates a workspace; its compensation deletes it. */
export function workspaceStep(step_id: string, more: Record<string, unknown> = {}) {
  return {
    step_id,
    service: 'platform-services',
    action: 'createWorkspace',
    payload: { body: { name: step_id } },
    compensation_action: 'deleteWorkspace',
    compensation_payload: { params: { id: `\${result.id}` } },
    ...more,
  };
}
