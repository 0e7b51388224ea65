import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { SagaStep } from '../../../contracts/saga-service/sagas.ts';
import { startTemporaryDatabase } from '../../../database/testing/temporary-database.ts';
import { createDelegatedTokens, createMint } from '../../../kit/auth/delegated-tokens.ts';
import { createLog } from '../../../kit/observe/log.ts';
import { createMetrics } from '../../../kit/observe/metrics.ts';
import { openDatabase } from '../../../kit/postgres/database.ts';
import { openRedis } from '../../../kit/redis/redis.ts';
import { systemClock } from '../../../kit/service/clock.ts';
import { startTemporaryRedis } from '../../../kit/testing/temporary-redis.ts';
import { openSagas } from '../../../services/saga-service/open-sagas.ts';
import { createSagaGrants } from '../../../services/saga-service/run/saga-grants.ts';
import { createSagaMetrics } from '../../../services/saga-service/run/saga-metrics.ts';
import { createStepCaller } from '../../../services/saga-service/steps/call-step.ts';
import { stepServices } from '../../../services/saga-service/steps/step-route.ts';
import { floorSteps } from './floor-steps.ts';
import { type RunRow, type RunStage, stepsPerRun } from './run-row.ts';
import { untilEnded } from './until-ended.ts';

const internalKey = 'k'.repeat(32);

/** Sagas of saga-service: every step creates a workspace with the rights of its user. */
export const sagaRuns: RunRow = {
  id: 'saga-runs',
  title: `Sagas of ${stepsPerRun} steps in sequence`,
  floor: 'the bare HTTP call of each step and one insert into the journal, as a tenant in one round trip',
  aim: 2,
  async open(targetUrl): Promise<RunStage> {
    const log = createLog({ service: 'bench', level: 'error' });
    const [postgres, redisServer] = await Promise.all([startTemporaryDatabase(), startTemporaryRedis()]);
    const admin = new pg.Client({ connectionString: postgres.adminUrl });
    await admin.connect();
    const database = openDatabase({ url: postgres.urlOf('saga_service'), log });
    const redis = openRedis({ url: redisServer.url, log });
    const platform = { baseUrl: targetUrl, internalKey };
    const sagas = openSagas({
      database,
      databaseUrl: postgres.urlOf('saga_service'),
      redis,
      callStep: createStepCaller({
        baseUrls: Object.fromEntries(stepServices.map((name) => [name, targetUrl])) as Record<
          (typeof stepServices)[number],
          string
        >,
        internalKey,
        tokens: createDelegatedTokens(createMint({ ...platform, actor: 'saga-service' })),
      }),
      grants: createSagaGrants(platform),
      internalKey,
      clock: systemClock,
      log,
      metrics: createSagaMetrics(createMetrics('saga-service').registry),
      maxConcurrent: 100,
      maxPerTenant: 500,
    });
    sagas.start();
    await sagas.durable.launched();

    const definition = {
      type: 'bench',
      pattern: 'orchestration' as const,
      timeout: 600,
      steps: Array.from({ length: stepsPerRun }, (_, index) =>
        SagaStep.parse({
          step_id: `step_${index}`,
          service: 'platform-services',
          action: 'createWorkspace',
          payload: { body: { name: 'step' } },
          compensation_action: 'deleteWorkspace',
          compensation_payload: { params: { id: `\${result.id}` } },
        }),
      ),
    };

    const begin = () => {
      const key = { tenantId: randomUUID(), userId: randomUUID(), sagaId: randomUUID() };
      return sagas.engine
        .begin(
          { ...key, workspaceId: null, definition, input: {}, metadata: {}, secrets: {} },
          { token: 'token-of-the-user' },
        )
        .then(() => key);
    };

    const floorSagas: Awaited<ReturnType<typeof begin>>[] = [];
    let version = 1_000;
    return {
      async ours(count) {
        const keys = await Promise.all(Array.from({ length: count }, begin));
        const ids = keys.map(({ sagaId }) => sagaId);
        await untilEnded(admin, 'sagas.sagas', ids);
        const { rows } = await admin.query<{ ms: number; good: number }>(
          `select extract(epoch from max(e.at) - min(e.at) filter (where e.type = 'saga_running')) * 1000 as ms,
                  count(*) filter (where e.type = 'saga_completed')::int as good
           from sagas.events e where e.saga_id = any ($1)`,
          [ids],
        );
        if (rows[0]?.good !== count) throw new Error(`${rows[0]?.good} of ${count} sagas completed`);
        return Number(rows[0].ms);
      },
      async floor(count) {
        while (floorSagas.length < count) {
          const key = await begin();
          await untilEnded(admin, 'sagas.sagas', [key.sagaId]);
          floorSagas.push(key);
        }
        version += stepsPerRun;
        return floorSteps(count, {
          url: new URL('/workspaces', targetUrl),
          async journal(run, step, result) {
            const key = floorSagas[run] as (typeof floorSagas)[number];
            await database.tenantQuery(
              key,
              {
                name: 'floor_event',
                text: `insert into sagas.events (tenant_id, saga_id, version, type, data, at)
                       values ($1, $2, $3, 'step_completed', $4, now())`,
              },
              [key.tenantId, key.sagaId, version + step, JSON.stringify(result)],
            );
          },
        });
      },
      async [Symbol.asyncDispose]() {
        await sagas.close();
        await redis.close();
        await database.close();
        await admin.end();
        await Promise.all([redisServer.stop(), postgres.stop()]);
      },
    };
  },
};
