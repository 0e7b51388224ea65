import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AccessClaims } from '../../../contracts/identity.ts';
import { testClaims } from '../../../kit/testing/test-claims.ts';
import { startTemporaryOrchestrator, type TemporaryOrchestrator } from '../testing/temporary-orchestrator.ts';
import { setUserBudget } from './budgets.ts';
import { reserve } from './ledger.ts';

let service: TemporaryOrchestrator;
let admin: pg.Client;
let claims: AccessClaims;
beforeAll(async () => {
  service = await startTemporaryOrchestrator();
  admin = new pg.Client({ connectionString: service.stores.adminUrl });
  await admin.connect();
});
afterAll(async () => {
  await admin?.end();
  await service?.stop();
});
beforeEach(() => {
  claims = testClaims();
});

const get = async (url: string, who = claims) => (await service.call(who, 'GET', url)).json();
const post = (url: string, body: object, who = claims) => service.call(who, 'POST', url, body);
const chat = (body: object, app?: ReturnType<TemporaryOrchestrator['appWith']>) =>
  service.call(claims, 'POST', '/chat', { message: 'Hi', ...body }, app);
const ownBudget = () => `/budgets/user/${claims.user_id}`;

/** 1,000 tokens in, 200 out, at the prices of flash. */
const costOfText = '0.000135';

/** Moves what the user has spent into the past. */
const age = (interval: string) =>
  admin.query(
    'update conversations.api_usage_logs set created_at = created_at - $1::interval where user_id = $2',
    [interval, claims.user_id],
  );

describe('budgets', () => {
  it('have default limits', async () => {
    expect(await get(ownBudget())).toEqual({
      scope: 'user',
      id: claims.user_id,
      limit: '50.000000',
      spent: '0.000000',
      remaining: '50.000000',
      reset: 'daily',
      alert_percent: 80,
      status: 'ok',
    });
    await service.gemini.replay('text');
    const { session_id } = (await chat({})).json();
    expect(await get(`/budgets/session/${session_id}`)).toMatchObject({
      limit: '10.000000',
      spent: costOfText,
      reset: 'session',
    });
  });

  it.each(['session', 'user'])('of a %s reject a message before it reaches the model', async (scope) => {
    await service.gemini.replay('text');
    const { session_id } = (await chat({})).json();
    const url = scope === 'user' ? ownBudget() : `/budgets/session/${session_id}`;
    expect((await post(url, { limit: 0.0001 })).json()).toMatchObject({
      limit: '0.000100',
      status: 'exceeded',
    });
    await service.gemini.replay('text');
    const rejected = await chat({ session_id });
    expect([rejected.statusCode, rejected.json().error]).toEqual([429, 'rate_limited']);
    expect(rejected.json().message).toContain(`${scope} budget of 0.000100`);
    expect(service.gemini.seen.map(({ method }) => method)).toEqual(['countTokens']);
    expect((await get(`/sessions/${session_id}/history`)).messages).toHaveLength(2);
    expect(await get(url)).toMatchObject({ spent: costOfText, remaining: '0.000000' });
  });

  it('cannot be overspent by calls at the same time', async () => {
    const who = { tenantId: claims.tenant_id, userId: claims.user_id };
    await setUserBudget(service.database, who, {
      userId: claims.user_id,
      change: { limit: 0.0003, reset: 'daily', alert_percent: 80 },
    });
    const reserveOne = () =>
      reserve(service.database, who, {
        sessionId: randomUUID(),
        model: 'gemini-2.5-flash',
        amounts: [100],
        defaults: { session: 10, user: 50 },
      });
    // Blocks all writes until every call has got as far as it can. No call sees the spending of another one by then.
    await admin.query('begin');
    await admin.query('lock table conversations.api_usage_logs in exclusive mode');
    const calls = Promise.allSettled(Array.from({ length: 10 }, reserveOne));
    await expect
      .poll(async () => {
        await admin.query('select pg_stat_clear_snapshot()');
        const { rows } = await admin.query<{ waiting: number }>(
          `select count(*)::int as waiting from pg_stat_activity
           where usename = 'llm_orchestrator' and wait_event_type = 'Lock'`,
        );
        return rows[0]?.waiting;
      })
      .toBe(10);
    await admin.query('commit');
    const responses = (await calls).map(({ status }) => status).sort();
    expect(responses).toEqual([...Array(3).fill('fulfilled'), ...Array(7).fill('rejected')]);
    expect(await get(ownBudget())).toMatchObject({ spent: '0.000300', status: 'exceeded' });
  });

  it('reject simultaneous messages with 429 when they are exhausted', async () => {
    // Enough for three estimates of 0.000536. A model that does not respond keeps the reservations.
    await post(ownBudget(), { limit: 0.0017 });
    const app = service.appWith({ modelTimeoutMs: 3_000, settings: { maxTokens: 1500 } });
    await service.gemini.replay('slow');
    const responses = await Promise.all(Array.from({ length: 12 }, () => chat({}, app)));
    const statuses = responses.map(({ statusCode }) => statusCode).sort();
    expect(statuses).toEqual([...Array(9).fill(429), 504, 504, 504]);
  });

  it('count running calls with their maximum cost', async () => {
    const app = service.appWith({ modelTimeoutMs: 1_500 });
    await service.gemini.replay('slow');
    const waiting = chat({}, app);
    await service.gemini.asked();
    const held = await get(ownBudget());
    // 1,000 tokens in and 4,000 out, and a millionth for rounding.
    expect(held.spent).toBe('0.001276');
    expect((await waiting).statusCode).toBe(504);
    // The charge for the call is unknown.
    expect((await get(ownBudget())).spent).toBe('0.001276');
  });

  it('release the reservation of a rejected call', async () => {
    await service.gemini.replay('rate-limited');
    expect((await chat({})).statusCode).toBe(429);
    expect((await get(ownBudget())).spent).toBe('0.000000');
  });

  it('that cover only the estimate limit the output to it', async () => {
    await post(ownBudget(), { limit: 0.001 });
    await service.gemini.replay('text');
    expect((await chat({})).statusCode).toBe(200);
    expect(service.gemini.seen.at(-1)?.body.generationConfig.maxOutputTokens).toBe(1500);
  });

  it('warn when the alert percentage is spent', async () => {
    await post(ownBudget(), { limit: 0.001, alert_percent: 10 });
    await service.gemini.replay('text');
    const { cost_info } = (await chat({})).json();
    expect(cost_info.budget_warnings).toEqual([
      '0.000135 of the daily user budget of 0.001000 US dollars are spent',
    ]);
    expect(await get(ownBudget())).toMatchObject({ status: 'alert', alert_percent: 10 });
  });

  it.each([
    ['daily', '1 day'],
    ['weekly', '7 days'],
    ['monthly', '31 days'],
  ])('with a %s reset start again after the period', async (reset, interval) => {
    await service.gemini.replay('text');
    await chat({});
    expect((await post(ownBudget(), { limit: 1, reset })).json().spent).toBe(costOfText);
    await age(interval);
    expect((await get(ownBudget())).spent).toBe('0.000000');
  });

  it('of a conversation never start again, even after its deletion', async () => {
    await service.gemini.replay('text-again');
    const session_id = randomUUID();
    await chat({ session_id });
    await age('400 days');
    await service.call(claims, 'DELETE', `/sessions/${session_id}`);
    await chat({ session_id });
    expect((await get(`/budgets/session/${session_id}`)).spent).toBe('0.000210');
  });

  it('of a conversation can be removed in favour of the default', async () => {
    await service.gemini.replay('text');
    const { session_id } = (await chat({})).json();
    const url = `/budgets/session/${session_id}`;
    await post(url, { limit: 2, reset: 'weekly' });
    expect((await service.call(claims, 'DELETE', url)).statusCode).toBe(204);
    expect(await get(url)).toMatchObject({ limit: '10.000000', reset: 'session' });
    expect((await service.call(claims, 'DELETE', url)).statusCode).toBe(404);
  });

  it.each([
    [{ limit: 0 }],
    [{ limit: -1 }],
    [{ limit: 10_001 }],
    [{ limit: 'much' }],
    [{ limit: 1, reset: 'hourly' }],
    [{ limit: 1, reset: 'session' }],
    [{ limit: 1, alert_percent: 101 }],
    [{ limit: 1, alert_percent: 5e-324 }],
    [{ limit: 1, alert_percent: 1e-46 }],
    [{ limit: 1, alert_percent: 33.333 }],
    [{ limit: 1, alert_precent: 50 }],
    [{ limit: 0.000001, rest: 'daily' }],
    [{}],
  ])('of a user cannot be %j', async (body) => {
    expect((await post(ownBudget(), body)).statusCode).toBe(422);
  });

  it('of a user can be set only by the user and by admins of the tenant', async () => {
    const other = testClaims({ tenant_id: claims.tenant_id });
    const boss = testClaims({ tenant_id: claims.tenant_id });
    const foreignBoss = testClaims();
    for (const admin of [boss, foreignBoss]) service.authorities.set(admin, { role: 'admin' });
    expect((await post(ownBudget(), { limit: 5 }, other)).statusCode).toBe(403);
    expect((await service.call(other, 'GET', ownBudget())).statusCode).toBe(403);
    expect((await post(ownBudget(), { limit: 5 }, boss)).statusCode).toBe(200);
    expect((await get(ownBudget())).limit).toBe('5.000000');
    // For an admin of another tenant there is no such user.
    service.authorities.set(claims, null);
    expect((await post(ownBudget(), { limit: 1 }, foreignBoss)).statusCode).toBe(404);
    service.authorities.set(claims, {});
    expect((await get(ownBudget())).limit).toBe('5.000000');
  });
});

describe('costs', () => {
  it('can be estimated before a message', async () => {
    const estimate = { message: 'How many records are in my base?' };
    expect((await post('/budgets/estimate-cost', estimate)).json()).toEqual({
      model: 'gemini-2.5-flash',
      input_tokens: 10,
      total_cost: '0.000462',
      allowed: true,
    });
    expect(
      (await post('/budgets/estimate-cost', { ...estimate, model: 'gemini-2.5-pro' })).json(),
    ).toMatchObject({
      total_cost: '0.007701',
    });
    await post(ownBudget(), { limit: 0.0004 });
    expect((await post('/budgets/estimate-cost', estimate)).json().allowed).toBe(false);
  });

  it('are summed up by conversation, day and tenant', async () => {
    const colleague = testClaims({ tenant_id: claims.tenant_id });
    await service.gemini.replay('text');
    const { session_id } = (await chat({})).json();
    await age('2 days');
    await service.gemini.replay('text-again');
    await chat({ session_id });
    await service.call(colleague, 'POST', '/chat', { message: 'Hi' });
    expect(await get(`/sessions/${session_id}/cost-summary`)).toEqual({
      session_id,
      calls: 2,
      total_tokens: 2300,
      total_cost: '0.000240',
    });
    const day = (ago: number) => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10);
    expect(await get('/cost-tracking/analytics')).toEqual({
      days: [
        { date: day(2), calls: 1, total_cost: '0.000135' },
        { date: day(0), calls: 2, total_cost: '0.000210' },
      ],
      total_cost: '0.000345',
    });
    expect(await get('/cost-tracking/analytics?days=2')).toMatchObject({ total_cost: '0.000210' });
    expect(await get('/cost-tracking/status')).toMatchObject({
      model_status: 'configured',
      spent_today: '0.000210',
    });
    expect(await get('/cost-tracking/analytics', testClaims())).toEqual({ days: [], total_cost: '0.000000' });
  });
});
