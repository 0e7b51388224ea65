import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  startTemporaryDatabase,
  type TemporaryDatabase,
} from '../../../database/testing/temporary-database.ts';
import { createLog } from '../../../kit/observe/log.ts';
import { type SpawnedService, spawnService } from '../../../kit/testing/spawned-service.ts';
import { startTogether } from '../../../kit/testing/start-together.ts';
import { startTemporaryRedis, type TemporaryRedis } from '../../../kit/testing/temporary-redis.ts';
import { buildApp } from '../app.ts';
import { csrfOf, heading } from '../testing/start-site.ts';
import { type VisitingBrowser, visit } from '../testing/visitor.ts';

const internalKey = 'k'.repeat(32);
const password = 'analytical engine';
let folder: string;
let stores: TemporaryDatabase;
let redis: TemporaryRedis;
/** Stands for all other services, which have no rows of the account. */
let peers: Server;
let platformServices: SpawnedService;
let gateway: SpawnedService;
let site: FastifyInstance;

beforeAll(async () => {
  peers = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/octet-stream' });
    response.end('{"end":true,"rows":0}\n');
  });
  [folder, stores, redis] = await startTogether(
    mkdtemp(join(tmpdir(), 'frontend-mails-')),
    startTemporaryDatabase(),
    startTemporaryRedis(),
  );
  await new Promise<void>((done) => peers.listen(0, '127.0.0.1', done));
  const others = `http://127.0.0.1:${(peers.address() as AddressInfo).port}`;
  const environment = {
    INTERNAL_API_KEY: internalKey,
    REDIS_URL: redis.url,
    USER_SERVICE_URL: others,
    AIRTABLE_GATEWAY_URL: others,
    LLM_ORCHESTRATOR_URL: others,
    FILE_SERVICE_URL: others,
    SAGA_SERVICE_URL: others,
    AUTOMATION_SERVICES_URL: others,
  };
  platformServices = await spawnService('platform-services', {
    ...environment,
    DATABASE_URL: stores.urlOf('platform_services'),
    KEY_ENCRYPTION_KEY: Buffer.alloc(32, 7).toString('base64'),
    MAIL_FOLDER: folder,
  });
  gateway = await spawnService('gateway', {
    ...environment,
    MCP_SERVER_URL: others,
    PLATFORM_SERVICES_URL: platformServices.url,
    RATE_LIMIT_EXEMPT_ADDRESSES: '127.0.0.1',
  });
  site = buildApp({
    config: {
      INTERNAL_API_KEY: internalKey,
      GATEWAY_URL: gateway.url,
      PUBLIC_ORIGIN: undefined,
      TRUSTED_PROXIES: [],
    },
    log: createLog({ service: 'frontend', level: 'silent' }),
    dependencies: [],
  });
});
afterAll(async () => {
  await site?.close();
  await Promise.all([gateway?.end('SIGKILL'), platformServices?.end('SIGKILL')]);
  peers?.closeAllConnections();
  peers?.close();
  await redis?.stop();
  await stores?.stop();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

/** A browser of a new account that is signed in. */
async function newVisitor(): Promise<VisitingBrowser> {
  const email = `user-${randomUUID()}@example.com`;
  const browser = visit(site);
  const registered = await browser.submit('/auth/register', { email, password, name: 'Ada' });
  expect(registered.statusCode).toBe(303);
  return browser;
}

const page = async (browser: VisitingBrowser) => (await browser.go('/account/export')).body;
const idOn = (body: string) => /name="id" value="([^"]+)"/.exec(body)?.[1];

async function download(browser: VisitingBrowser, id: string) {
  const form = { csrf: csrfOf(await page(browser)), id };
  return browser.go('/account/export/download', { method: 'POST', form });
}

/** Asks for an export and waits until the page offers it. @returns its id */
async function readyExport(browser: VisitingBrowser): Promise<string> {
  const asked = await browser.submit('/account/export', { current_password: password });
  expect([asked.statusCode, asked.headers.location]).toEqual([303, '/account/export?done=export-requested']);
  await expect.poll(async () => idOn(await page(browser)), { timeout: 20_000 }).toBeDefined();
  return idOn(await page(browser)) as string;
}

it('makes an archive, and gives it out once', async () => {
  const browser = await newVisitor();
  expect((await browser.go('/dashboard')).body).toContain('href="/account/export"');
  expect(await page(browser)).toContain('You have no exports.');
  const id = await readyExport(browser);
  expect((await browser.go('/account/export?done=export-requested')).body).toContain('role="status"');
  const archive = await download(browser, id);
  expect([archive.statusCode, archive.headers['content-disposition']]).toEqual([
    200,
    `attachment; filename="export-${id}.zip"`,
  ]);
  expect(archive.rawPayload.subarray(0, 4).toString('latin1')).toBe('PK\u0003\u0004');
  expect(archive.rawPayload.length).toBe(Number(archive.headers['content-length']));
  await expect.poll(() => page(browser)).toContain('downloaded');
  expect(idOn(await page(browser))).toBeUndefined();
  const again = await download(browser, id);
  expect([again.statusCode, heading(again.body)]).toEqual([404, 'Your data']);
});

it('gives the archive to nobody else, to no other site, and not without the form', async () => {
  const browser = await newVisitor();
  const id = await readyExport(browser);
  expect((await download(await newVisitor(), id)).statusCode).toBe(404);
  const target = '/account/export/download';
  expect((await browser.go(target, { method: 'POST', form: { id } })).statusCode).toBe(403);
  const form = { id, csrf: csrfOf(await page(browser)) };
  const headers = { 'sec-fetch-site': 'cross-site' };
  expect((await browser.go(target, { method: 'POST', form, headers })).statusCode).toBe(403);
  expect((await browser.go(target)).statusCode).toBe(405);
  expect((await download(browser, id)).statusCode).toBe(200);
});

it('needs the password and a session', async () => {
  const browser = await newVisitor();
  const wrong = await browser.submit('/account/export', { current_password: 'not the password' });
  expect([wrong.statusCode, heading(wrong.body)]).toEqual([401, 'Your data']);
  expect(wrong.body).toContain('role="alert"');
  expect(await page(browser)).toContain('You have no exports.');
  const stranger = await visit(site).go('/account/export');
  expect([stranger.statusCode, stranger.headers.location]).toEqual([
    303,
    '/auth/login?callbackUrl=%2Faccount%2Fexport',
  ]);
});
