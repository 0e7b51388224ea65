import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { startTemporaryDatabase } from '../../../database/testing/temporary-database.ts';
import { openAuthentication } from '../../../kit/auth/authentication.ts';
import { loadSeparateEngine } from '../../../kit/durable/testing/separate-engine.ts';
import { createPublishLiveEvent } from '../../../kit/events/publish-live-event.ts';
import { createLog } from '../../../kit/observe/log.ts';
import { openDatabase } from '../../../kit/postgres/database.ts';
import { openRedis } from '../../../kit/redis/redis.ts';
import { systemClock } from '../../../kit/service/clock.ts';
import { startTemporaryRedis } from '../../../kit/testing/temporary-redis.ts';
import { createTestAuthorities } from '../../../kit/testing/test-authorities.ts';
import { testClaims } from '../../../kit/testing/test-claims.ts';
import { createTestSigner } from '../../../kit/testing/test-signer.ts';
import { buildAutomation } from '../../../services/automation-services/app.ts';
import { floorSteps } from './floor-steps.ts';
import { type RunRow, type RunStage, stepsPerRun } from './run-row.ts';
import { untilEnded } from './until-ended.ts';

const internalKey = 'k'.repeat(32);

/** Workflows of automation-services: every step calls the platform with the rights of its user. */
export const workflowRuns: RunRow = {
  id: 'workflow-runs',
  title: `Workflows of ${stepsPerRun} steps`,
  floor: 'the bare HTTP call of each step and one update of its row, as a tenant in one round trip',
  aim: 2,
  async open(targetUrl): Promise<RunStage> {
    const log = createLog({ service: 'bench', level: 'error' });
    const [postgres, redisServer, signer] = await Promise.all([
      startTemporaryDatabase(),
      startTemporaryRedis(),
      createTestSigner(),
    ]);
    const admin = new pg.Client({ connectionString: postgres.adminUrl });
    await admin.connect();
    const database = openDatabase({ url: postgres.urlOf('automation_services'), log });
    const redis = openRedis({ url: redisServer.url, log });
    const authentication = openAuthentication({
      config: { JWT_ISSUER: 'pyairtable', JWT_AUDIENCE: 'pyairtable-api' },
      keys: signer,
      redis,
      log,
    });
    const { app, durable } = buildAutomation({
      config: {
        DATABASE_URL: postgres.urlOf('automation_services'),
        PLATFORM_SERVICES_URL: targetUrl,
        INTERNAL_API_KEY: internalKey,
        GATEWAY_URL: targetUrl,
        AIRTABLE_GATEWAY_URL: targetUrl,
        LLM_ORCHESTRATOR_URL: targetUrl,
        FILE_SERVICE_URL: targetUrl,
        SCHEDULER_INTERVAL_MS: 60_000,
      },
      log,
      database,
      dependencies: [],
      authenticate: authentication.authenticate,
      authorities: createTestAuthorities(),
      clock: systemClock,
      publishLive: createPublishLiveEvent({ redis, log }),
      loadEngine: loadSeparateEngine,
    });
    await app.ready();
    durable.launch();
    await durable.launched();

    /** Workflows of users of different tenants, made once. */
    const workflows: { token: string; id: string }[] = [];

    async function post(token: string, path: string, payload: object): Promise<{ id: string }> {
      const headers = { authorization: `Bearer ${token}` };
      const response = await app.inject({ method: 'POST', url: path, headers, payload });
      if (response.statusCode >= 300)
        throw new Error(`POST ${path}: ${response.statusCode} ${response.body}`);
      return response.json();
    }

    async function prepare(count: number): Promise<void> {
      while (workflows.length < count) {
        const token = await signer.sign(testClaims({ tenant_id: randomUUID() }));
        const steps = Array.from({ length: stepsPerRun }, () => ({
          type: 'http_request',
          config: { url: `${targetUrl}/workspaces`, method: 'POST', body: { name: 'step' } },
        }));
        workflows.push({ token, ...(await post(token, '/workflows', { name: 'bench', steps })) });
      }
    }

    async function run(count: number): Promise<string[]> {
      await prepare(count);
      const started = await Promise.all(
        workflows
          .slice(0, count)
          .map(({ token, id }) => post(token, `/workflows/${id}/execute`, { input: {} })),
      );
      const ids = started.map(({ id }) => id);
      await untilEnded(admin, 'automation.executions', ids);
      return ids;
    }

    const floorRuns: { tenantId: string; id: string }[] = [];
    return {
      async ours(count) {
        const ids = await run(count);
        const { rows } = await admin.query<{ ms: number; good: number }>(
          `select extract(epoch from max(completed_at) - min(started_at)) * 1000 as ms,
                  count(*) filter (where status = 'completed')::int as good
           from automation.executions where id = any ($1)`,
          [ids],
        );
        if (rows[0]?.good !== count) throw new Error(`${rows[0]?.good} of ${count} executions completed`);
        return Number(rows[0].ms);
      },
      async floor(count) {
        if (floorRuns.length < count) {
          const { rows } = await admin.query<{ id: string; tenantId: string }>(
            'select id, tenant_id as "tenantId" from automation.executions where id = any ($1)',
            [await run(count)],
          );
          floorRuns.splice(0, floorRuns.length, ...rows);
        }
        return floorSteps(count, {
          url: new URL('/workspaces', targetUrl),
          async journal(index, step, result) {
            const { id, tenantId } = floorRuns[index] as (typeof floorRuns)[number];
            await database.tenantQuery(
              { tenantId, userId: tenantId },
              {
                name: 'floor_step',
                text: `update automation.execution_steps
                       set status = 'completed', result = $3::jsonb, completed_at = now()
                       where execution_id = $1 and index = $2`,
              },
              [id, step, JSON.stringify(result)],
            );
          },
        });
      },
      async [Symbol.asyncDispose]() {
        await app.close();
        authentication.close();
        await redis.close();
        await database.close();
        await admin.end();
        await Promise.all([redisServer.stop(), postgres.stop()]);
      },
    };
  },
};
