import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RealPlatformSite, startRealPlatformSite } from '../testing/real-platform-site.ts';
import { csrfOf, heading } from '../testing/start-site.ts';
import { type VisitingBrowser, visit } from '../testing/visitor.ts';

const password = 'analytical engine';
/** Stands for all other services, which have no rows of the account. */
let peers: Server;
let platform: RealPlatformSite;

beforeAll(async () => {
  peers = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/octet-stream' });
    response.end('{"end":true,"rows":0}\n');
  });
  await new Promise<void>((done) => peers.listen(0, '127.0.0.1', done));
  platform = await startRealPlatformSite(`http://127.0.0.1:${(peers.address() as AddressInfo).port}`);
});
afterAll(async () => {
  await platform?.[Symbol.asyncDispose]();
  peers?.closeAllConnections();
  peers?.close();
});

/** A browser of a new account that is signed in. */
async function newVisitor(): Promise<VisitingBrowser> {
  const email = `user-${randomUUID()}@example.com`;
  const browser = visit(platform.site);
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
  const stranger = await visit(platform.site).go('/account/export');
  expect([stranger.statusCode, stranger.headers.location]).toEqual([
    303,
    '/auth/login?callbackUrl=%2Faccount%2Fexport',
  ]);
});
