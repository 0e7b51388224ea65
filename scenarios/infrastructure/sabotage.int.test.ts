import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openInstruments, type RunInstruments } from '../../harness/engine/instruments/open-instruments.ts';
import type { StackAddresses } from '../../harness/engine/stack.ts';
import { assessmentPolicy } from '../../harness/plan/policy.ts';
import { toPlan } from '../../harness/plan/to-plan.ts';
import {
  startTemporaryDatabase,
  type TemporaryDatabase,
} from '../../platform/database/testing/temporary-database.ts';
import { checks } from '../catalogue.ts';
import { serviceDatabases } from '../kit/service-databases.ts';
import { runAlone } from '../testing/run-alone.ts';

/** A check, a statement that breaks its control, and a statement that restores it. */
const sabotages: readonly (readonly [check: string, sabotage: string, restore: string])[] = [
  [
    'infrastructure.schema.metadata-tables',
    'alter table airtable.airtable_sync_logs rename to sync_logs',
    'alter table airtable.sync_logs rename to airtable_sync_logs',
  ],
  [
    'infrastructure.schema.metadata-indexes',
    'drop index airtable.idx_airtable_sync_logs_status',
    'create index idx_airtable_sync_logs_status on airtable.airtable_sync_logs (sync_status)',
  ],
  [
    'infrastructure.schema.identity-tables',
    'alter table identity.audit_events rename column request_id to request',
    'alter table identity.audit_events rename column request to request_id',
  ],
  [
    'infrastructure.roles.one-unprivileged-per-service',
    'alter role file_service bypassrls',
    'alter role file_service nobypassrls',
  ],
  [
    'infrastructure.roles.one-unprivileged-per-service',
    'grant pyairtable_owner to file_service',
    'revoke pyairtable_owner from file_service',
  ],
  [
    'infrastructure.roles.one-unprivileged-per-service',
    'alter table files.files owner to file_service',
    'alter table files.files owner to pyairtable_owner',
  ],
  [
    'infrastructure.roles.confined-to-own-schema',
    'grant create on schema profiles to user_service',
    'revoke create on schema profiles from user_service',
  ],
  [
    'infrastructure.roles.confined-to-own-schema',
    'grant usage on schema airtable to user_service; grant select on all tables in schema airtable to user_service',
    'revoke all on schema airtable from user_service; revoke all on all tables in schema airtable from user_service',
  ],
  [
    'infrastructure.row-security.forced-on-tenant-tables',
    'alter table identity.users no force row level security',
    'alter table identity.users force row level security',
  ],
  [
    'infrastructure.row-security.forced-on-tenant-tables',
    'alter table profiles.profiles disable row level security',
    'alter table profiles.profiles enable row level security',
  ],
  [
    'infrastructure.row-security.other-tenants-invisible',
    'create policy leak on identity.users for select to platform_services using (true)',
    'drop policy leak on identity.users',
  ],
  [
    'infrastructure.row-security.other-tenants-invisible',
    'alter table identity.workspaces disable row level security',
    'alter table identity.workspaces enable row level security',
  ],
];

const plan = toPlan({
  definitions: checks,
  selected: new Set(checks.map(({ id }) => id)),
  policy: assessmentPolicy,
  runtime: 'process',
  seed: 1,
});

let database: TemporaryDatabase;
let registrar: Awaited<ReturnType<typeof startRegistrar>>;
let instruments: RunInstruments;

beforeAll(async () => {
  database = await startTemporaryDatabase();

  registrar = await startRegistrar();
  instruments = openInstruments({
    stack: {
      services: { gateway: registrar.url } as StackAddresses['services'],
      postgres: {
        adminUrl: database.adminUrl,
        serviceUrls: Object.fromEntries(
          serviceDatabases.map(({ service, role }) => [service, database.urlOf(role as never)]),
        ),
      },
    },
    capabilities: new Set(['postgres-admin', 'postgres-service-roles', 'many-source-addresses']),
    tmpDir: tmpdir(),
    seed: 1,
    runId: `sabotage-${process.pid}`,
    trackProcess: () => undefined,
    boot: [],
    exited: () => [],
  });
});

afterAll(async () => {
  await instruments?.[Symbol.asyncDispose]();
  await registrar?.close();
  await database?.stop();
});

describe('a broken control', () => {
  it.each(sabotages)('fails the check %s: %s', async (id, sabotage, restore) => {
    expect(await outcome(id)).toMatchObject({ outcome: 'pass' });
    await run(sabotage);
    const whileBroken = await outcome(id);
    await run(restore);
    expect(whileBroken).toMatchObject({ outcome: 'fail' });
    expect(await outcome(id)).toMatchObject({ outcome: 'pass' });
  });
});

async function outcome(id: string): Promise<unknown> {
  const definition = checks.find((check) => check.id === id);
  if (!definition) throw new Error(`There is no check ${id}`);
  return runAlone({ definition, plan, instruments, timeoutMs: 30_000 });
}

async function run(sql: string): Promise<void> {
  const client = new Client({ connectionString: database.adminUrl });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/** Registers users like the platform, in the database only. */
async function startRegistrar(): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text;
    });
    request.on('end', async () => {
      const { email, name } = JSON.parse(body) as { email: string; name: string };
      const user = { id: randomUUID(), tenant_id: randomUUID(), email };
      // The superuser bypasses row-level security. The names come from the harness, so they need no escaping.
      await run(
        `insert into identity.tenants (tenant_id, name, owner_id) values ('${user.tenant_id}', '${name}', '${user.id}');
         insert into identity.users (id, tenant_id, email, name, password_hash)
         values ('${user.id}', '${user.tenant_id}', '${email}', '${name}', 'none')`,
      );
      response.writeHead(201, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ access_token: 'a', refresh_token: 'r', user }));
    });
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => new Promise((done) => server.close(() => done())),
  };
}
