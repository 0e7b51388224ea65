import type { FastifyInstance } from 'fastify';
import type { AccessClaims } from '../../../contracts/identity.ts';
import {
  startTemporaryDatabase,
  type TemporaryDatabase,
} from '../../../database/testing/temporary-database.ts';
import { createTokenVerifier } from '../../../kit/auth/token-verifier.ts';
import { createLog } from '../../../kit/observe/log.ts';
import { createMetrics } from '../../../kit/observe/metrics.ts';
import { type Database, openDatabase } from '../../../kit/postgres/database.ts';
import { openRedis } from '../../../kit/redis/redis.ts';
import { ManualClock } from '../../../kit/testing/manual-clock.ts';
import { startTogether } from '../../../kit/testing/start-together.ts';
import { startTemporaryRedis, type TemporaryRedis } from '../../../kit/testing/temporary-redis.ts';
import { testClaims } from '../../../kit/testing/test-claims.ts';
import { createTestSigner, type TestSigner } from '../../../kit/testing/test-signer.ts';
import { buildApp } from '../app.ts';
import { openSagas, type Sagas } from '../open-sagas.ts';
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
}

export async function startStores(): Promise<Stores> {
  const [postgres, redis, target, signer] = await startTogether(
    startTemporaryDatabase(),
    startTemporaryRedis(),
    startStepTarget(),
    createTestSigner(),
  );
  return {
    postgres,
    redis,
    target,
    signer,
    async [Symbol.asyncDispose]() {
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
  });

/** One process of the service. */
export interface TestService extends AsyncDisposable {
  readonly app: FastifyInstance;
  readonly sagas: Sagas;
  readonly clock: ManualClock;
  readonly database: Database;
}

export function openService(
  stores: Stores,
  options: { maxConcurrent?: number; maxPerTenant?: number; start?: boolean } = {},
): TestService {
  const log = createLog({ service: 'test', level: 'silent' });
  const clock = new ManualClock('2025-08-07T12:00:00.000Z');
  const database = openDatabase({ url: stores.postgres.urlOf('saga_service'), log });
  const redis = openRedis({ url: stores.redis.url, log });
  const metrics = createMetrics('saga-service');
  const sagas = openSagas({
    database,
    redis,
    callStep: callerOf(stores.target.url),
    clock,
    log,
    metrics: createSagaMetrics(metrics.registry),
    maxConcurrent: options.maxConcurrent ?? 100,
    maxPerTenant: options.maxPerTenant ?? 500,
  });
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
  });
  if (options.start) sagas.start();
  return {
    app,
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
