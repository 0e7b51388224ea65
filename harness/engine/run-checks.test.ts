import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EvidenceStore } from '../evidence/evidence-store.ts';
import type { CheckFacts } from '../evidence/facts.ts';
import type { Plan, PlannedCheck } from '../plan/plan.ts';
import { toPlan } from '../plan/to-plan.ts';
import type { CheckInstruments } from './attempt-check.ts';
import { type CheckDefinition, defineCheck } from './check.ts';
import type { CheckContext } from './context.ts';
import { equals } from './expectations.ts';
import { ProductFailure } from './failures/product-failure.ts';
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
    remediation: { text: 'mend it', effort: 'hours' },
    expects: { ok: equals(true) },
    run,
    ...more,
  });
}

const fine = async () => ({ ok: true });

async function run(
  definitions: CheckDefinition[],
  more: { signal?: AbortSignal; selected?: string[]; concurrency?: number } = {},
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
    capabilities: new Set(),
    capabilityHint: (name) => `install ${name}`,
    instruments: async ({ signal }): Promise<CheckInstruments> => ({
      context: { signal } as CheckContext,
      traceIds: [],
      [Symbol.asyncDispose]: async () => undefined,
    }),
    evidence: new EvidenceStore(runDir),
    logs: () => [{ service: 'gateway', stream: 'stderr', text: 'a warning' }],
    passed: (_check: PlannedCheck, facts) => facts.attempts[0]?.observed.ok === true,
    signal: more.signal ?? new AbortController().signal,
    concurrency: more.concurrency ?? 4,
    now: () => performance.now(),
  });
}

const shortfall = (facts: CheckFacts[], id: string) =>
  facts.find(({ check }) => check === id)?.attempts[0]?.shortfall;

describe('running checks', () => {
  it('gives facts for every planned check, in plan order', async () => {
    const facts = await run([check('b.b', fine), check('a.a', fine)], { selected: ['a.a'] });
    expect(facts.map(({ check }) => check)).toEqual(['b.b', 'a.a']);
    expect(shortfall(facts, 'b.b')?.kind).toBe('deselected');
    expect(shortfall(facts, 'a.a')).toBeUndefined();
  });

  it('does not look at a check whose need failed, and names the need', async () => {
    const facts = await run([
      check('a.root', async () => ({ ok: false })),
      check('a.leaf', fine, { needs: ['a.root'] }),
    ]);
    expect(shortfall(facts, 'a.leaf')).toMatchObject({ kind: 'needs-not-met', by: 'a.root' });
  });

  it('starts a check only after its needs are settled', async () => {
    const order: string[] = [];
    const slow = Promise.withResolvers<void>();
    const note = async (name: string) => {
      order.push(name);
      return { ok: true };
    };
    await run([
      check('a.leaf', () => note('leaf'), { needs: ['a.root'] }),
      check('a.root', () => slow.promise.then(() => note('root'))),
      check('a.other', () => note('other').finally(slow.resolve)),
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
    let seen = -1;
    const looking = async () => {
      seen = running;
      return { ok: true };
    };
    await run([
      check('a.alone', looking, { isolation: 'exclusive' }),
      check('a.one', counting),
      check('a.two', counting),
    ]);
    expect(together).toBe(2);
    expect(seen).toBe(0);
  });

  it('refuses a shared check that waits for an exclusive one', async () => {
    const definitions = [
      check('a.alone', fine, { isolation: 'exclusive' }),
      check('a.early', fine, { needs: ['a.alone'] }),
    ];
    await expect(run(definitions)).rejects.toThrow('a.early needs a.alone');
  });

  it('tells a failure of the product from a failure of the harness', async () => {
    const facts = await run([
      check('a.refused', async () => {
        throw new ProductFailure('connect ECONNREFUSED 127.0.0.1:8000');
      }),
      check('a.broken', async () => {
        throw new TypeError('x is not a function');
      }),
    ]);
    expect(shortfall(facts, 'a.refused')?.kind).toBe('subject-unreachable');
    expect(shortfall(facts, 'a.broken')).toMatchObject({
      kind: 'threw',
      message: 'TypeError: x is not a function',
    });
  });

  it('gives up on a check that never ends, at its own limit', async () => {
    const facts = await run([check('a.stuck', () => new Promise(() => undefined), { timeoutMs: 20 })]);
    expect(shortfall(facts, 'a.stuck')?.kind).toBe('timeout');
  });

  it('leaves a check unmeasured when a tool is missing, with the way to get it', async () => {
    const facts = await run([check('a.page', fine, { requires: ['browser'] })]);
    expect(shortfall(facts, 'a.page')).toMatchObject({ kind: 'missing-capability', hint: 'install browser' });
  });

  it('is blocked by a need that failed, even where its own tool is missing', async () => {
    const facts = await run([
      check('a.root', async () => ({ ok: false })),
      check('a.page', fine, { needs: ['a.root'], requires: ['browser'] }),
    ]);
    expect(shortfall(facts, 'a.page')).toMatchObject({ kind: 'needs-not-met', by: 'a.root' });
  });

  it('names the missing tool where the need lacks nothing but that tool, too', async () => {
    const facts = await run([
      check('a.root', fine, { requires: ['browser'] }),
      check('a.page', fine, { needs: ['a.root'], requires: ['browser'] }),
      check('a.list', fine, { needs: ['a.root'] }),
    ]);
    expect(shortfall(facts, 'a.page')?.kind).toBe('missing-capability');
    expect(shortfall(facts, 'a.list')).toMatchObject({ kind: 'needs-not-met', by: 'a.root' });
  });

  it('looks at nothing more once interrupted', async () => {
    const controller = new AbortController();
    const interruptAndHang = () => {
      controller.abort();
      return new Promise<never>(() => undefined);
    };
    const facts = await run(
      [check('a.first', interruptAndHang), check('a.second', fine, { needs: ['a.first'] })],
      { signal: controller.signal },
    );
    expect(facts.map((fact) => fact.attempts[0]?.shortfall?.kind)).toEqual(['interrupted', 'interrupted']);
  });

  it('keeps the services’ words only for checks that did not pass', async () => {
    const facts = await run([check('a.good', fine), check('a.bad', async () => ({ ok: false }))]);
    expect(facts.map((fact) => fact.attempts[0]?.logs.length)).toEqual([0, 1]);
  });

  it('does not take an observation under a name the check does not declare', async () => {
    const facts = await run([check('a.chatty', async () => ({ ok: true, extra: 1 }))]);
    expect(shortfall(facts, 'a.chatty')).toMatchObject({
      kind: 'threw',
      message: expect.stringContaining('extra'),
    });
  });

  it('does not take what cannot be written down as an observation', async () => {
    const facts = await run([check('a.odd', async () => ({ ok: (() => true) as unknown as boolean }))]);
    expect(shortfall(facts, 'a.odd')?.kind).toBe('threw');
  });
});
