import { fileURLToPath } from 'node:url';
import { inflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inOrderOfNeeds, mostUrgentFirst } from '../engine/check-order.ts';
import { judge } from '../judge/judge.ts';
import type { CheckResult } from '../judge/result.ts';
import {
  type ObservedFacts,
  observed,
  plannedCheck,
  sampleFacts,
  sampleManifest,
  samplePlan,
  shortOf,
} from '../judge/testing/sample-run.ts';
import type { PlannedCheck } from '../plan/plan.ts';
import { selectChecks } from '../plan/select-checks.ts';
import { walkNeeds } from '../plan/walk-needs.ts';
import { renderHtmlReport } from '../render/html/html-report.ts';
import { loadTemplates } from '../render/load-templates.ts';
import { stagesOf } from './bench/stages.ts';
import { largeRun } from './large-run.ts';

const templates = await loadTemplates(fileURLToPath(new URL('../../reports/templates', import.meta.url)));
/** Time limit of tests with 10,000 checks, milliseconds. */
const patience = 120_000;

describe('a chain of ten thousand checks, the first of which fails', () => {
  const run = largeRun('chain', 10_000);
  const stages = stagesOf(run, templates);

  it.each(stages.map(({ name, run: stage }) => [name, stage] as const))(
    'overflows no stack in the stage %s',
    async (_name, stage) => {
      await expect(Promise.resolve().then(stage)).resolves.toBeDefined();
    },
    patience,
  );

  it(
    'has one root cause, which blocks all others',
    () => {
      const { blockers, checks } = judge(run.plan, run.facts, run.manifest);
      const blocked = checks.filter(({ outcome }) => outcome === 'blocked').map(({ id }) => id);
      expect(blocked.length).toBeGreaterThan(9_900);
      expect(blockers).toHaveLength(1);
      expect(blockers[0]?.blocks).toEqual(blocked);
    },
    patience,
  );

  it('is selected by its last check', () => {
    const chain = run.plan.checks.filter(({ id }) => id.startsWith('api.part-'));
    expect(selectChecks(run.plan.checks, [chain.at(-1)?.id ?? '']).size).toBe(chain.length);
  });
});

/** A check of a random graph: what it needs, all before it, and what it observed. */
interface Node {
  needs: number[];
  facts: 'pass' | 'fail' | 'threw' | 'blocked';
}

const graphs = fc
  .array(
    fc.record({
      needs: fc.array(fc.nat(1_000), { maxLength: 3 }),
      facts: fc.constantFrom<Node['facts']>('pass', 'pass', 'fail', 'threw', 'blocked', 'blocked'),
    }),
    { minLength: 1, maxLength: 25 },
  )
  .map((nodes): Node[] =>
    nodes.map(({ needs, facts }, index) => ({
      facts,
      needs: index === 0 ? [] : [...new Set(needs.map((need) => need % index))],
    })),
  );

/** Later checks need earlier ones, but their ids come first. */
const idOf = (index: number): string => `api.graph.n${String(99 - index).padStart(2, '0')}`;

function plannedGraph(nodes: readonly Node[]): PlannedCheck[] {
  return nodes.map(({ needs }, index) => plannedCheck({ id: idOf(index), needs: needs.map(idOf) }));
}

type Judged = Pick<CheckResult, 'outcome' | 'cause' | 'blockedBy'>;

/** The verdict of one check as the documents say it: the root is looked up by following what blocks. */
function expected(nodes: readonly Node[], index: number): Judged {
  const { needs, facts } = nodes[index] ?? { needs: [], facts: 'pass' };
  if (facts === 'pass') return { outcome: 'pass' };
  if (facts === 'fail') return { outcome: 'fail', cause: 'product' };
  if (facts === 'threw') return { outcome: 'error', cause: 'harness' };
  const inOrder = needs.toSorted((a, b) => (idOf(a) < idOf(b) ? -1 : 1));
  const by = inOrder.find((need) => expected(nodes, need).outcome !== 'pass');
  if (by === undefined) return { outcome: 'error', cause: 'harness' };
  const { outcome, blockedBy, cause } = expected(nodes, by);
  return { outcome: 'blocked', cause: cause ?? 'harness', blockedBy: blockedBy ?? (outcome && idOf(by)) };
}

const factsOf: Readonly<Record<Node['facts'], ObservedFacts>> = {
  pass: observed(),
  fail: observed({ ok: false }),
  threw: shortOf('threw'),
  blocked: shortOf('needs-not-met'),
};

describe('for every graph of needs', () => {
  it(
    'the judge gives each check the outcome, the root and the blame that its needs say',
    () => {
      fc.assert(
        fc.property(graphs, (nodes) => {
          const plan = { ...samplePlan(), checks: [...samplePlan().checks, ...plannedGraph(nodes)] };
          const facts = Object.fromEntries(nodes.map((node, index) => [idOf(index), factsOf[node.facts]]));
          const { checks } = judge(plan, sampleFacts(plan, facts), sampleManifest);
          const results = new Map(checks.map((check) => [check.id, check]));
          for (const index of nodes.keys()) {
            const { outcome, cause, blockedBy } = results.get(idOf(index)) ?? {};
            expect({ outcome, cause, blockedBy }).toEqual({
              cause: undefined,
              blockedBy: undefined,
              ...expected(nodes, index),
            });
          }
        }),
        { numRuns: 50 },
      );
    },
    patience,
  );

  it('the engine starts the first check of the list whose needs have settled', async () => {
    await fc.assert(
      fc.asyncProperty(graphs, fc.integer({ min: 1, max: 3 }), async (nodes, places) => {
        const checks = plannedGraph(nodes).toReversed();
        const ended = new Set<string>();
        const running: string[] = [];
        const left = new Set(checks.map(({ id }) => id));
        await inOrderOfNeeds(checks, {
          places: { working: places, waiting: 0 },
          timing: () => undefined,
          mayStart: () => true,
          async settle({ id }) {
            const ready = checks.filter(
              (each) => left.has(each.id) && each.needs.every((need) => ended.has(need)),
            );
            expect(id).toBe(ready[0]?.id);
            left.delete(id);
            running.push(id);
            expect(running.length).toBeLessThanOrEqual(places);
            await Promise.resolve();
            running.splice(running.indexOf(id), 1);
            ended.add(id);
          },
        });
        expect(left.size).toBe(0);
      }),
      { numRuns: 50 },
    );
  });

  it('a walk gives every check after all that it needs', () => {
    fc.assert(
      fc.property(graphs, (nodes) => {
        const checks = plannedGraph(nodes);
        const { order, cycle } = walkNeeds(new Map(checks.map(({ id, needs }) => [id, needs])));
        expect(cycle).toBeUndefined();
        expect(order.toSorted()).toEqual(checks.map(({ id }) => id).toSorted());
        for (const { id, needs } of checks)
          for (const need of needs) expect(order.indexOf(need)).toBeLessThan(order.indexOf(id));
      }),
    );
  });
});

/** How often the needs of a chain are read while the work runs. */
async function readsOfNeeds(
  length: number,
  work: (checks: readonly PlannedCheck[]) => unknown,
): Promise<number> {
  let reads = 0;
  const checks = Array.from({ length }, (_, index) => {
    const check = plannedCheck({ id: `api.chain.n${index}` });
    const needs = index === 0 ? [] : [`api.chain.n${index - 1}`];
    return Object.defineProperty(check, 'needs', {
      get() {
        reads += 1;
        return needs;
      },
    });
  });
  await work(checks);
  return reads;
}

it.each<[string, (checks: readonly PlannedCheck[]) => unknown]>([
  ['sorting by urgency', (checks) => mostUrgentFirst(checks, () => undefined)],
  ['selecting', (checks) => selectChecks(checks, ['api.chain'])],
  [
    'running',
    (checks) =>
      inOrderOfNeeds(checks, {
        places: { working: 4, waiting: 0 },
        timing: () => undefined,
        mayStart: () => true,
        settle: async () => undefined,
      }),
  ],
])('reads four times as many needs for a chain four times as long: %s', async (_name, work) => {
  const short = await readsOfNeeds(500, work);
  expect(short).toBeGreaterThanOrEqual(500);
  expect(await readsOfNeeds(2_000, work)).toBe(4 * short);
});

describe('the HTML report of 1,500 checks', () => {
  const run = largeRun('mixed', 1_500);
  const result = judge(run.plan, run.facts, run.manifest);
  const html = renderHtmlReport(result, templates);
  const [, base64 = ''] = /<script type="text\/plain" id="store">([^<]*)</.exec(html) ?? [];
  const store = JSON.parse(inflateRawSync(Buffer.from(base64, 'base64')).toString());

  it('contains the markup of every check and root cause once', () => {
    const ids = store.groups.flatMap(({ checks }: { checks: string[][] }) => checks.map(([id]) => id));
    expect(ids.toSorted()).toEqual(result.checks.map(({ id }) => `check-${id}`).toSorted());
    expect(store.blockers).toHaveLength(result.blockers.length);
  });

  it('shows at most a hundred of each without JavaScript, none of which passes', () => {
    expect(html.match(/<article class="blocker/g)?.length).toBe(Math.min(100, result.blockers.length));
    const shown = [...html.matchAll(/<details class="check" id="[^"]*" data-outcome="(\w+)"/g)];
    expect(shown).toHaveLength(100);
    expect(shown.map(([, outcome]) => outcome)).not.toContain('pass');
    expect(html).toContain('contain all 1500 checks');
  });
});
