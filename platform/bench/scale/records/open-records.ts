import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import type { z } from 'zod';
import type { Field, Table } from '../../../contracts/airtable-gateway/metadata.ts';
import type { Session } from '../../../contracts/platform-services/authentication.ts';
import { startTemporaryDatabase } from '../../../database/testing/temporary-database.ts';
import { startTemporaryRedis } from '../../../kit/testing/temporary-redis.ts';
import { Processes } from '../../processes.ts';
import { bundlePrograms } from '../../programs.ts';
import { startService } from '../../services.ts';
import type { OpenSuite, ScaleBench } from '../suite.ts';
import { createApiClient } from './api-client.ts';
import { type FieldIds, fieldDefinitions, formulaDefinition } from './fields.ts';
import { fillRecords } from './fill-records.ts';
import type { FilledTable } from './filled-table.ts';
import { createWideBase } from './wide-base.ts';

/** Lifetime of the access token, seconds: longer than a run. */
const tokenSeconds = 3600;
/** Time without a written byte after which nothing works in the background, milliseconds. */
const idleMs = 400;

/** A port on which nothing listens: no measured operation calls the other services. */
const noPeer = 'http://127.0.0.1:9';

function baseUrl({ port }: { port: number }): string {
  return `http://127.0.0.1:${port}`;
}

/**
 * Starts PostgreSQL, Redis, platform-services, airtable-gateway and mcp-server, and registers a user with a base.
 * Tables are filled as the role of airtable-gateway.
 */
export async function openRecords(bench: ScaleBench): Promise<OpenSuite<FilledTable>> {
  const { signal } = bench;
  await using starting = new AsyncDisposableStack();
  const stores = starting.use(await startTemporaryDatabase());
  const redis = starting.use(await startTemporaryRedis());
  const processes = starting.use(new Processes(bench.tools.taskset));
  const programs = await bundlePrograms(
    {
      'platform-services': 'services/platform-services/main',
      'airtable-gateway': 'services/airtable-gateway/main',
      'mcp-server': 'services/mcp-server/main',
    },
    bench.folder,
  );
  const start = (name: keyof typeof programs, env: Record<string, string>, owner = processes) =>
    startService(owner, { name, program: programs[name], peerUrl: noPeer, env, signal });
  const shared = { REDIS_URL: redis.url, INTERNAL_API_KEY: randomBytes(24).toString('hex') };
  const platform = await start('platform-services', {
    ...shared,
    DATABASE_URL: stores.urlOf('platform_services'),
    KEY_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    ACCESS_TOKEN_SECONDS: String(tokenSeconds),
    MAIL_FOLDER: bench.folder,
  });
  const peers = { ...shared, PLATFORM_SERVICES_URL: baseUrl(platform) };
  const gatewayEnv = { ...peers, DATABASE_URL: stores.urlOf('airtable_gateway') };
  const gateway = await start('airtable-gateway', gatewayEnv);
  const mcp = await start('mcp-server', { ...peers, AIRTABLE_GATEWAY_URL: baseUrl(gateway) });

  const anonymous = starting.use(createApiClient(undefined, signal));
  const session = await anonymous.call<z.infer<typeof Session>>(
    'POST',
    `${baseUrl(platform)}/auth/register`,
    {
      email: 'scale@example.com',
      password: `Kept-secret ${randomBytes(9).toString('hex')}`,
    },
  );
  const api = starting.use(createApiClient(session.access_token, signal));
  const { tenant_id: tenantId, id: userId } = session.user;

  const admin = await connect(starting, stores.adminUrl);
  // The order of texts in the service, for the floor.
  await admin.query(`create schema scale;
    grant usage on schema scale to airtable_gateway;
    create collation scale.text_order (provider = icu, locale = 'en-u-kn-true')`);
  const sql = await connect(starting, stores.urlOf('airtable_gateway'));
  await sql.query(`select set_config('app.tenant_id', $1, false), set_config('app.user_id', $2, false)`, [
    tenantId,
    userId,
  ]);

  const meta = `${baseUrl(gateway)}/v0/meta/bases`;
  const base = await api.call<{ id: string; tables: Table[] }>('POST', meta, {
    name: 'Scale',
    workspaceId: 'default',
    tables: [{ name: 'Small', fields: [{ name: 'Name', type: 'singleLineText' }] }],
  });
  let wide: ReturnType<typeof createWideBase> | undefined;
  const running = starting.move();
  return {
    async fill(size) {
      const tables = `${meta}/${base.id}/tables`;
      const table = await api.call<Table>('POST', tables, {
        name: `Records ${size}`,
        fields: fieldDefinitions,
      });
      const label = await api.call<Field>('POST', `${tables}/${table.id}/fields`, formulaDefinition);
      const fields = Object.fromEntries(
        [...table.fields, label].map(({ name, id }) => [name, id]),
      ) as FieldIds;
      const choices = table.fields.find(({ id }) => id === fields.Status)?.options?.choices;
      await fillRecords(sql, {
        tenantId,
        userId,
        tableId: table.id,
        size,
        fields,
        choices: (choices as { id: string }[]).map(({ id }) => id),
      });
      // Also what autovacuum would do later, in the middle of a measurement.
      await admin.query('vacuum (analyze) airtable.records');
      await admin.query('analyze');
      return {
        size,
        baseId: base.id,
        tableId: table.id,
        fields,
        recordsUrl: `${baseUrl(gateway)}/v0/${base.id}/${table.id}`,
        toolUrl: `${baseUrl(mcp)}/tools/call`,
        tenantId,
        userId,
        api,
        sql,
        signal,
        freshGateway: async () => {
          const own = new Processes(bench.tools.taskset);
          const stop = () => own[Symbol.asyncDispose]();
          try {
            const fresh = await start('airtable-gateway', gatewayEnv, own);
            const recordsUrl = `${baseUrl(fresh)}/v0/${base.id}/${table.id}`;
            return { pid: fresh.pid, recordsUrl, [Symbol.asyncDispose]: stop };
          } catch (error) {
            await stop();
            throw error;
          }
        },
        connectSql: async () => {
          const client = new pg.Client({ connectionString: stores.urlOf('airtable_gateway') });
          await client.connect();
          await client.query(`select set_config('app.tenant_id', $1, false)`, [tenantId]);
          return client;
        },
        wide: () => {
          wide ??= createWideBase({ api, metaUrl: meta }).catch((error: unknown) => {
            wide = undefined;
            throw error;
          });
          return wide;
        },
      };
    },
    async settled(limitMs) {
      const end = performance.now() + limitMs;
      for (let last = ''; performance.now() < end; await pause(idleMs, undefined, { signal })) {
        const { rows } = await admin.query<{ at: string }>('select pg_current_wal_insert_lsn() as at');
        if (rows[0]?.at === last) return;
        last = rows[0]?.at ?? '';
      }
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

async function connect(stack: AsyncDisposableStack, url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  // The server stops at once when a run is stopped.
  client.on('error', () => {});
  stack.defer(() => client.end());
  return client;
}
