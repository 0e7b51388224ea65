import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTemporaryDatabase, type TemporaryDatabase } from '../../database/testing/temporary-database.ts';
import { type SpawnedService, spawnService } from '../../kit/testing/spawned-service.ts';
import { startTogether } from '../../kit/testing/start-together.ts';
import { startTemporaryRedis, type TemporaryRedis } from '../../kit/testing/temporary-redis.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const cached = join(root, '.tools', 'python', 'bin', 'python');
const python = [cached, 'python3'].find(
  (one) => (one === 'python3' || existsSync(one)) && spawnSync(one, ['-c', 'import pyairtable']).status === 0,
);

const internalKey = 'k'.repeat(32);
const nowhere = 'http://127.0.0.1:9';
const password = 'analytical engine';
/** Documented maximum time until a revocation is followed everywhere, milliseconds. */
const lagMs = 5_000;

let folder: string;
let stores: TemporaryDatabase;
let redis: TemporaryRedis;
const services: SpawnedService[] = [];
let gatewayUrl: string;

beforeAll(async () => {
  [folder, stores, redis] = await startTogether(
    mkdtemp(join(tmpdir(), 'key-clients-')),
    startTemporaryDatabase(),
    startTemporaryRedis(),
  );
  const environment = {
    INTERNAL_API_KEY: internalKey,
    REDIS_URL: redis.url,
    MOVE_CLOCK_MS: String(65 * 60_000),
    NODE_OPTIONS: `--import ${join(root, 'platform', 'kit', 'testing', 'movable-clock.ts')}`,
  };
  async function start(...[name, own]: Parameters<typeof spawnService>): Promise<string> {
    const service = await spawnService(name, { ...environment, ...own });
    services.push(service);
    return service.url;
  }
  const platformServices = await start('platform-services', {
    DATABASE_URL: stores.urlOf('platform_services'),
    KEY_ENCRYPTION_KEY: Buffer.alloc(32, 7).toString('base64'),
    MAIL_FOLDER: folder,
    USER_SERVICE_URL: nowhere,
    AIRTABLE_GATEWAY_URL: nowhere,
    LLM_ORCHESTRATOR_URL: nowhere,
    FILE_SERVICE_URL: nowhere,
    SAGA_SERVICE_URL: nowhere,
    AUTOMATION_SERVICES_URL: nowhere,
  });
  const airtableGateway = await start('airtable-gateway', {
    DATABASE_URL: stores.urlOf('airtable_gateway'),
    PLATFORM_SERVICES_URL: platformServices,
    AUTOMATION_SERVICES_URL: nowhere,
  });
  const mcpServer = await start('mcp-server', {
    PLATFORM_SERVICES_URL: platformServices,
    AIRTABLE_GATEWAY_URL: airtableGateway,
  });
  gatewayUrl = await start('gateway', {
    PLATFORM_SERVICES_URL: platformServices,
    AIRTABLE_GATEWAY_URL: airtableGateway,
    MCP_SERVER_URL: mcpServer,
    USER_SERVICE_URL: nowhere,
    LLM_ORCHESTRATOR_URL: nowhere,
    FILE_SERVICE_URL: nowhere,
    SAGA_SERVICE_URL: nowhere,
    AUTOMATION_SERVICES_URL: nowhere,
  });
}, 60_000);
afterAll(async () => {
  await Promise.all(services.map((service) => service.end('SIGKILL')));
  await redis?.stop();
  await stores?.stop();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

async function api(method: string, path: string, { token, body }: { token?: string; body?: object } = {}) {
  const response = await fetch(`${gatewayUrl}/api${path}`, {
    method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const content = await response.text();
  return { status: response.status, json: content === '' ? undefined : JSON.parse(content) };
}

/** A running pyairtable program: sends it a call and returns the line that it prints. */
function startPyairtable(...args: string[]): {
  call(name: 'read' | 'create'): Promise<string>;
  end(): void;
} {
  const program = join(import.meta.dirname, 'testing', 'read_people.py');
  const child: ChildProcess = spawn(python as string, [program, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface(child.stdout as NodeJS.ReadableStream)[Symbol.asyncIterator]();
  return {
    async call(name) {
      child.stdin?.write(`${name}\n`);
      return (await lines.next()).value ?? 'the program has ended';
    },
    end: () => void child.stdin?.end(),
  };
}

describe.skipIf(python === undefined)('an API key (skipped when pyairtable is not installed)', () => {
  it('serves pyairtable and an MCP client for over an hour, within its scopes, until it is revoked', {
    timeout: 90_000,
  }, async () => {
    const email = `owner-${randomUUID()}@example.com`;
    const { json: session } = await api('POST', '/auth/register', { body: { email, password } });
    const token = session.access_token as string;
    const base = await api('POST', '/airtable/v0/meta/bases', {
      token,
      body: {
        name: 'People',
        workspaceId: 'default',
        tables: [{ name: 'People', fields: [{ name: 'Name', type: 'singleLineText' }] }],
      },
    });
    expect(base.status).toBe(200);
    const [baseId, tableId] = [base.json.id, base.json.tables[0].id];
    await api('POST', `/airtable/v0/${baseId}/${tableId}`, { token, body: { fields: { Name: 'Ada' } } });
    const key = await api('POST', '/auth/tokens', {
      token,
      body: { name: 'Clients', scopes: ['data.records:read', 'schema.bases:read'] },
    });
    const secret = key.json.token as string;

    const pyairtable = startPyairtable(`${gatewayUrl}/api/airtable`, secret, baseId, tableId);
    const mcp = new Client({ name: 'test', version: '1.0.0' });
    await mcp.connect(
      new StreamableHTTPClientTransport(new URL(`${gatewayUrl}/api/mcp`), {
        requestInit: { headers: { authorization: `Bearer ${secret}` } },
      }) as Parameters<Client['connect']>[0],
    );
    const tool = async (name: string, args: object): Promise<string> => {
      const fields = { name, arguments: args as Record<string, unknown> };
      return mcp.callTool(fields).then(
        (result) => JSON.stringify(result),
        (error: Error & { code?: number }) => `rejected: ${error.code ?? ''} ${error.message}`,
      );
    };
    const readByTool = () => tool('get_records', { base_id: baseId, table_id: tableId });
    const createArguments = { base_id: baseId, table_id: tableId, fields: { Name: 'Grace' } };

    expect(await pyairtable.call('read')).toBe('1 records');
    expect(await readByTool()).toContain('Ada');

    for (const service of services) service.notify('SIGUSR2');
    // The token of the session has ended, so the clocks have moved.
    await expect.poll(async () => (await api('GET', '/auth/me', { token })).status).toBe(401);
    expect(await pyairtable.call('read')).toBe('1 records');
    expect(await readByTool()).toContain('Ada');

    expect(await pyairtable.call('create')).toBe('status 403');
    expect(await tool('create_record', createArguments)).toContain('data.records:write');
    expect(await pyairtable.call('read')).toBe('1 records');

    const { json: again } = await api('POST', '/auth/login', { body: { email, password } });
    const revoked = await api('DELETE', `/auth/tokens/${key.json.id}`, { token: again.access_token });
    expect(revoked.status).toBe(204);
    const within = { timeout: lagMs };
    await expect.poll(() => pyairtable.call('read'), within).toBe('status 401');
    await expect.poll(readByTool, within).toContain('rejected: 401');
    pyairtable.end();
    await mcp.close();
  });
});
