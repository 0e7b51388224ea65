import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EvidenceStore } from '../evidence/evidence-store.ts';
import type { CheckFacts } from '../evidence/facts.ts';
import type { Plan, PlannedCheck } from '../plan/plan.ts';
import { toPlan } from '../plan/to-plan.ts';
import { type CheckDefinition, defineCheck } from './check.ts';
import type { CheckContext } from './context.ts';
import { equals } from './expectations.ts';
import { MissingCapability } from './failures/missing-capability.ts';
import { ProductFailure } from './failures/product-failure.ts';
import { GivenAccounts } from './instruments/http/given-accounts.ts';
import type { CheckInstruments } from './run-check.ts';
import { runChecks } from './run-checks.ts';

let runDir: string;
beforeEach(async () => {
  runDir = await mkdtemp(join(tmpdir(), 'run-checks-'));
});
afterEach(() => rm(runDir, { recursive: true, force: true }));

function check(
  id: string,
  run: CheckDefinition['run'],
  more: Partial<CheckDefinition> = {},
): CheckDefinition {
  return defineCheck({
    id,
    title: id,
    why: 'because',
    category: 'api',
    severity: 'high',
    remediation: { text: 'fix it', effort: 'hours' },
    expects: { ok: equals(true) },
    run,
    ...more,
  });
}

const passes = async () => ({ ok: true });

async function run(
  definitions: CheckDefinition[],
  more: {
    signal?: AbortSignal;
    selected?: string[];
    concurrency?: number;
    ignoreUnmeasuredNeeds?: boolean;
    missing?: MissingCapability;
    givenAccounts?: GivenAccounts;
  } = {},
): Promise<CheckFacts[]> {
  const plan = toPlan({
    definitions,
    selected: new Set(more.selected ?? definitions.map(({ id }) => id)),
    policy: {} as Plan['policy'],
    runtime: 'process',
    seed: 1,
  });
  return runChecks({
    plan,
    definitions,
    capabilities: new Set(more.givenAccounts ? ['accounts'] : []),
    ...(more.givenAccounts ? { givenAccounts: more.givenAccounts } : {}),
    ignoreUnmeasuredNeeds: more.ignoreUnmeasuredNeeds ?? false,
    capabilityHint: (name) => `install ${name}`,
    instruments: async ({ signal }): Promise<CheckInstruments> => ({
      context: { signal } as CheckContext,
      traceIds: [],
      missing: more.missing,
      [Symbol.asyncDispose]: async () => undefined,
    }),
    evidence: new EvidenceStore(runDir),
    logs: () => [{ service: 'gateway', stream: 'stderr', text: 'a warning' }],
    passed: (_check: PlannedCheck, facts) => facts.observed.ok === true,
    signal: more.signal ?? new AbortController().signal,
    concurrency: more.concurrency ?? 4,
    now: () => performance.now(),
  });
}

const shortfall = (facts: CheckFacts[], id: string) => facts.find(({ check }) => check === id)?.shortfall;

describe('running checks', () => {
  it('returns facts for every planned check, in plan order', async () => {
    const facts = await run([check('b.b', passes), check('a.a', passes)], { selected: ['a.a'] });
    expect(facts.map(({ check }) => check)).toEqual(['b.b', 'a.a']);
    expect(shortfall(facts, 'b.b')?.kind).toBe('deselected');
    expect(shortfall(facts, 'a.a')).toBeUndefined();
  });

  it('skips a check whose need failed, and names the need', async () => {
    const facts = await run([
      check('a.root', async () => ({ ok: false })),
      check('a.leaf', passes, { needs: ['a.root'] }),
    ]);
    expect(shortfall(facts, 'a.leaf')).toMatchObject({ kind: 'needs-not-met', by: 'a.root' });
  });

  it('starts a check only after its needs are settled', async () => {
    const order: string[] = [];
    const slow = Promise.withResolvers<void>();
    const record = async (name: string) => {
      order.push(name);
      return { ok: true };
    };
    await run([
      check('a.leaf', () => record('leaf'), { needs: ['a.root'] }),
      check('a.root', () => slow.promise.then(() => record('root'))),
      check('a.other', () => record('other').finally(slow.resolve)),
    ]);
    expect(order).toEqual(['other', 'root', 'leaf']);
  });

  it('runs exclusive checks alone and last', async () => {
    let running = 0;
    let together = 0;
    const counting = async () => {
      running += 1;
      together = Math.max(together, running);
      await Promise.resolve();
      running -= 1;
      return { ok: true };
    };
    let runningBeside = -1;
    const observing = async () => {
      runningBeside = running;
      return { ok: true };
    };
    await run([
      check('a.alone', observing, { isolation: 'exclusive' }),
      check('a.one', counting),
      check('a.two', counting),
    ]);
    expect(together).toBe(2);
    expect(runningBeside).toBe(0);
  });

  it('runs drills after exclusive checks', async () => {
    const order: string[] = [];
    const record = (name: string) => async () => {
      order.push(name);
      return { ok: true };
    };
    await run([
      check('a.final', record('final-drill'), { isolation: 'final-drill' }),
      check('a.drill', record('drill'), { isolation: 'drill' }),
      check('b.alone', record('exclusive'), { isolation: 'exclusive' }),
      check('c.one', record('shared')),
    ]);
    expect(order).toEqual(['shared', 'exclusive', 'drill', 'final-drill']);
  });

  it('rejects a shared check that needs an exclusive one', async () => {
    const definitions = [
      check('a.alone', passes, { isolation: 'exclusive' }),
      check('a.early', passes, { needs: ['a.alone'] }),
    ];
    await expect(run(definitions)).rejects.toThrow('a.early needs a.alone');
  });

  it('separates failures of the product from failures of the harness', async () => {
    const facts = await run([
      check('a.unreachable', async () => {
        throw new ProductFailure('connect ECONNREFUSED 127.0.0.1:8000');
      }),
      check('a.broken', async () => {
        throw new TypeError('x is not a function');
      }),
    ]);
    expect(shortfall(facts, 'a.unreachable')?.kind).toBe('product-failure');
    expect(shortfall(facts, 'a.broken')).toMatchObject({
      kind: 'threw',
      message: 'TypeError: x is not a function',
    });
  });

  it('ends a check at its own time limit', async () => {
    const facts = await run([check('a.stuck', () => new Promise(() => undefined), { timeoutMs: 20 })]);
    expect(shortfall(facts, 'a.stuck')?.kind).toBe('timeout');
  });

  it('skips a check whose tool is missing, with a hint how to get it', async () => {
    const facts = await run([check('a.page', passes, { requires: ['browser'] })]);
    expect(shortfall(facts, 'a.page')).toMatchObject({ kind: 'missing-capability', hint: 'install browser' });
  });

  it('blocks a check whose need failed, even if its own tool is missing', async () => {
    const facts = await run([
      check('a.root', async () => ({ ok: false })),
      check('a.page', passes, { needs: ['a.root'], requires: ['browser'] }),
    ]);
    expect(shortfall(facts, 'a.page')).toMatchObject({ kind: 'needs-not-met', by: 'a.root' });
  });

  it('reports the missing tool if the need only lacks a tool as well', async () => {
    const facts = await run([
      check('a.root', passes, { requires: ['browser'] }),
      check('a.page', passes, { needs: ['a.root'], requires: ['browser'] }),
      check('a.list', passes, { needs: ['a.root'] }),
    ]);
    expect(shortfall(facts, 'a.page')?.kind).toBe('missing-capability');
    expect(shortfall(facts, 'a.list')).toMatchObject({ kind: 'needs-not-met', by: 'a.root' });
  });

  it('starts no check after an interruption', async () => {
    const controller = new AbortController();
    const interruptAndHang = () => {
      controller.abort();
      return new Promise<never>(() => undefined);
    };
    const facts = await run(
      [check('a.first', interruptAndHang), check('a.second', passes, { needs: ['a.first'] })],
      { signal: controller.signal },
    );
    expect(facts.map((fact) => fact.shortfall?.kind)).toEqual(['interrupted', 'interrupted']);
  });

  it('keeps log lines only for checks that did not pass', async () => {
    const facts = await run([check('a.good', passes), check('a.bad', async () => ({ ok: false }))]);
    expect(facts.map((fact) => fact.logs.length)).toEqual([0, 1]);
  });

  it('rejects an observation that the check does not declare', async () => {
    const facts = await run([check('a.chatty', async () => ({ ok: true, extra: 1 }))]);
    expect(shortfall(facts, 'a.chatty')).toMatchObject({
      kind: 'threw',
      message: expect.stringContaining('extra'),
    });
  });

  it('observes what a response lacks as null, so that the check fails and has no error', async () => {
    const lacking = { parts: [undefined, Number.NaN], of: { name: undefined } };
    const [facts] = await run([check('a.lacking', async () => ({ ok: lacking as unknown as boolean }))]);
    expect(facts?.observed).toEqual({ ok: { parts: [null, null], of: { name: null } } });
    expect(facts?.shortfall).toBeUndefined();
  });

  it('rejects an observation that is not JSON', async () => {
    const facts = await run([check('a.odd', async () => ({ ok: (() => true) as unknown as boolean }))]);
    expect(shortfall(facts, 'a.odd')?.kind).toBe('threw');
  });
});

describe('checks on a target that lacks a part', () => {
  it('are unmeasured even if they turned the missing part into an observation', async () => {
    const [facts] = await run([check('a.swallows', async () => ({ ok: false }))], {
      missing: new MissingCapability('service-addresses', 'Add services.user-service.'),
    });
    expect(facts?.observed).toEqual({});
    expect(facts?.shortfall).toMatchObject({
      kind: 'missing-capability',
      hint: 'Add services.user-service.',
    });
  });

  it('run although the target cannot measure a check that they need', async () => {
    const definitions = [
      check('a.direct', passes, { requires: ['k6'] }),
      check('b.through-gateway', passes, { needs: ['a.direct'] }),
    ];
    const outcomes = async (ignoreUnmeasuredNeeds: boolean) =>
      (await run(definitions, { ignoreUnmeasuredNeeds })).map(({ shortfall }) => shortfall?.kind ?? 'ran');
    expect(await outcomes(true)).toEqual(['missing-capability', 'ran']);
    expect(await outcomes(false)).toEqual(['missing-capability', 'needs-not-met']);
  });

  it('stay blocked by a need that failed', async () => {
    const definitions = [
      check('a.fails', async () => ({ ok: false })),
      check('b.after', passes, { needs: ['a.fails'] }),
    ];
    const [, after] = await run(definitions, { ignoreUnmeasuredNeeds: true });
    expect(after?.shortfall).toMatchObject({ kind: 'needs-not-met', by: 'a.fails' });
  });
});

describe('checks that share given accounts', () => {
  const accounts = (...tenants: string[]) =>
    new GivenAccounts({
      accounts: tenants.map((tenantId) => ({
        email: `${tenantId}@readiness.example`,
        password: 'Kestrel-1',
        name: tenantId,
        userId: tenantId,
        tenantId,
        accessToken: 'a',
        refreshToken: 'r',
      })),
      renew: async (account) => account,
    });

  it('run in sequence, beside checks that need none', async () => {
    const order: string[] = [];
    const first = Promise.withResolvers<void>();
    const record = async (name: string) => {
      order.push(name);
      return { ok: true };
    };
    await run(
      [
        check('a.first', () => first.promise.then(() => record('first')), { users: 1 }),
        check('b.second', () => record('second'), { users: 1 }),
        check('c.without', () => record('without').finally(first.resolve)),
      ],
      { givenAccounts: accounts('t') },
    );
    expect(order).toEqual(['without', 'first', 'second']);
  });

  it('are unmeasured with the number that they need when there are fewer', async () => {
    const facts = await run([check('a.one', passes, { users: 1 }), check('a.two', passes, { users: 2 })], {
      givenAccounts: accounts('t'),
    });
    expect(shortfall(facts, 'a.one')).toBeUndefined();
    expect(shortfall(facts, 'a.two')).toMatchObject({
      kind: 'missing-capability',
      hint: 'The check needs 2 accounts of different tenants in accounts.given of the target file; 1 can be used.',
    });
  });
});
