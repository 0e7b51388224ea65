import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tinyServer } from '../../engine/instruments/testing/tiny-server.ts';
import { openGivenAccounts } from './given-accounts.ts';
import { closeLedger, openLedger, readLedger } from './ledger.ts';
import { parseTarget } from './read-target.ts';
import { releaseAccount } from './release-account.ts';

/** A platform with one account. What it may do is scripted by path. */
let platform: Awaited<ReturnType<typeof tinyServer>>;
let asked: string[];
let responses: Record<string, { status: number; json?: unknown }>;
let runDir: string;

const email = 'ada@example.com';
const tokens = (version: number) => ({
  access_token: `access-${version}`,
  refresh_token: `refresh-${version}`,
  expires_in: 60,
});
const session = { ...tokens(1), user: { id: 'u', tenant_id: 't', email, name: 'Ada' } };

beforeEach(async () => {
  runDir = await mkdtemp(join(tmpdir(), 'given-'));
  asked = [];
  responses = {
    'POST /api/auth/login': { status: 200, json: session },
    'POST /api/auth/refresh': { status: 200, json: tokens(2) },
    'POST /api/auth/logout': { status: 204 },
    'GET /api/auth/me': { status: 200, json: {} },
    'DELETE /api/files/f-1': { status: 204 },
    'DELETE /api/workspaces/w-2': { status: 204 },
    'GET /api/workspaces': {
      status: 200,
      json: {
        workspaces: [
          { id: 'w-1', name: 'Kept' },
          { id: 'w-2', name: 'team_abc_1' },
        ],
      },
    },
  };
  platform = await tinyServer((request, response) => {
    const { pathname } = new URL(request.url ?? '', 'http://a');
    asked.push(`${request.method} ${pathname} ${request.headers.authorization ?? ''}`.trim());
    const { status, json } = responses[`${request.method} ${pathname}`] ?? { status: 404 };
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(json === undefined ? '' : JSON.stringify(json));
  });
});
afterEach(async () => {
  await platform[Symbol.asyncDispose]();
  await rm(runDir, { recursive: true });
});

async function open(now = () => 0) {
  const target = parseTarget(
    `name: a\nlabel: staging\nservices: { gateway: ${platform.url} }\naccounts:\n  register: false\n  given:\n    - { email: ADA@example.com, password: { env: ADA } }\n`,
    'a.yaml',
  );
  const ledger = openLedger({ runDir, runId: 'r', target });
  const readSecret = (name: string) => `value-of-${name}`;
  const accounts = await openGivenAccounts({ target, ledger, readSecret, now });
  const release = async () => {
    const [account] = readLedger(ledger.file).given;
    return account && releaseAccount(account, { target, readSecret, marks: ['abc'] });
  };
  return { ledger, accounts, release };
}

const creates = { service: 'gateway', method: 'POST', body: {}, token: 'access-1' } as const;

describe('a given account', () => {
  it('keeps what was there, and loses what the run has created and its session', async () => {
    const { ledger, release } = await open();
    ledger.watch.received({ ...creates, path: '/api/files/upload' }, { status: 201, json: { id: 'f-1' } });
    const base = { status: 200, json: { id: 'app1' } };
    ledger.watch.received({ ...creates, path: '/api/airtable/v0/meta/bases' }, base);
    const other = { ...creates, token: 'of-somebody-else', path: '/api/files/upload' };
    ledger.watch.received(other, { status: 201, json: { id: 'f-9' } });
    expect(await release()).toEqual({
      released: true,
      left: [`audit events, notifications, SAGAs and sync logs of ${email}: no route deletes them`],
    });
    const changes = asked.filter((request) => /^(DELETE|POST)/.test(request)).slice(1);
    expect(changes).toEqual([
      'DELETE /api/files/f-1 Bearer access-1',
      'DELETE /api/airtable/v0/meta/bases/app1 Bearer access-1',
      'DELETE /api/workspaces/w-2 Bearer access-1',
      'POST /api/auth/logout Bearer access-1',
    ]);
  });

  it('has perhaps an object whose creation had no response', async () => {
    const { ledger, release } = await open();
    const upload = { ...creates, path: '/api/files/upload' };
    ledger.watch.sending(upload);
    ledger.watch.received(upload, { status: 422, json: {} });
    expect((await release())?.left).toHaveLength(1);
    ledger.watch.sending(upload);
    expect((await release())?.left).toContain(`perhaps one of the files of ${email}: no response`);
  });

  it('cannot be changed by a check', async () => {
    const { ledger } = await open();
    const change = { ...creates, path: '/api/auth/change-password' };
    expect(() => ledger.watch.sending(change)).toThrow('Needs registration');
    const refresh = { ...creates, token: undefined, path: '/api/auth/refresh' };
    expect(() => ledger.watch.sending({ ...refresh, body: { refresh_token: 'refresh-1' } })).toThrow();
    expect(() => ledger.watch.sending({ ...change, token: 'of-a-registered-user' })).not.toThrow();
  });

  it('gets new tokens after half of their lifetime', async () => {
    let nowMs = 0;
    const { accounts, ledger } = await open(() => nowMs);
    accounts.reserve('early', 1);
    expect((await accounts.next('early')).accessToken).toBe('access-1');
    accounts.release('early');
    nowMs = 30_000;
    accounts.reserve('late', 1);
    expect((await accounts.next('late')).accessToken).toBe('access-2');
    expect(readLedger(ledger.file).given[0]?.session?.accessToken).toBe('access-2');
  });

  it('is left out with the reason when the platform rejects the sign-in, and is not tried again', async () => {
    responses['POST /api/auth/login'] = { status: 401 };
    const { accounts, ledger } = await open();
    expect(accounts.count).toBe(0);
    expect(accounts.problems).toEqual([
      `accounts.given.0: POST /api/auth/login of ${email} returned status 401.`,
    ]);
    expect(readLedger(ledger.file).given).toEqual([]);
  });

  it('is released with a new token when the old one has expired', async () => {
    responses['GET /api/auth/me'] = { status: 401 };
    const { release } = await open();
    expect((await release())?.released).toBe(true);
    expect(asked.at(-1)).toBe('POST /api/auth/logout Bearer access-2');
  });

  it('leaves neither password nor token in the closed ledger', async () => {
    const { ledger } = await open();
    expect(await readFile(ledger.file, 'utf8')).not.toContain('value-of-ADA');
    closeLedger(ledger.file, []);
    expect(await readFile(ledger.file, 'utf8')).not.toMatch(/access-|refresh-|value-of/);
  });
});
