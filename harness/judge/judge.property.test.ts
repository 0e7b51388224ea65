import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Facts } from '../evidence/facts.ts';
import { canonicalJson } from '../plan/canonical-json.ts';
import { Severity } from '../plan/outcome.ts';
import type { PlannedCheck } from '../plan/plan.ts';
import { exitCodeOf } from './exit-code-of.ts';
import { judge } from './judge.ts';
import type { Result } from './result.ts';
import { standingOf } from './standing.ts';
import {
  type ObservedFacts,
  observed,
  sampleFacts,
  sampleManifest,
  samplePlan,
  shortOf,
} from './testing/sample-run.ts';

const plan = samplePlan();
const ids = plan.checks.map(({ id }) => id);

const passing = (check: PlannedCheck): ObservedFacts =>
  observed(Object.hasOwn(check.expects, 'failures') ? { failures: { failed: 0, total: 80 } } : { ok: true });
const failing = (check: PlannedCheck): ObservedFacts =>
  observed(Object.hasOwn(check.expects, 'failures') ? { failures: { failed: 9, total: 80 } } : { ok: false });

/** Possible facts of one check. A pass is likely, so many runs are close to GO. */
function factsOf(check: PlannedCheck): fc.Arbitrary<ObservedFacts | null> {
  const blocked = (check.needs.length > 0 ? check.needs : [undefined]).map((by) =>
    shortOf('needs-not-met', by === undefined ? {} : { by }),
  );
  return fc.oneof(
    { weight: 60, arbitrary: fc.constant(passing(check)) },
    {
      weight: 4,
      arbitrary: fc.constantFrom<ObservedFacts | null>(
        failing(check),
        shortOf('threw'),
        shortOf('product-failure'),
        shortOf('timeout'),
        shortOf('missing-capability'),
        shortOf('interrupted'),
        observed({}),
        null,
        ...blocked,
      ),
    },
  );
}

const changes = fc.record(
  Object.fromEntries(plan.checks.map((check) => [check.id, factsOf(check)])),
) as fc.Arbitrary<Record<string, ObservedFacts | null>>;
const anyCheck = fc.constantFrom(...ids);
/** Severities for some of the checks. */
const severities = fc.dictionary(anyCheck, fc.constantFrom(...Severity.options));

function judged(some: Record<string, ObservedFacts | null>, rest: Partial<Facts> = {}): Result {
  return judge(plan, sampleFacts(plan, some, rest), sampleManifest);
}

function expectNoGain(before: Result, after: Result): void {
  expect(after.score.proven).toBeLessThanOrEqual(before.score.proven);
  for (const [index, category] of after.categories.entries()) {
    expect(category.proven.num).toBeLessThanOrEqual(before.categories[index]?.proven.num ?? -1);
  }
  if (before.verdict.decision === 'NO-GO') expect(after.verdict.decision).toBe('NO-GO');
  for (const [index, condition] of after.conditions.entries()) {
    if (before.conditions[index]?.state !== 'met') expect(condition.state).not.toBe('met');
  }
}

describe('for every run', () => {
  it('removing a result never raises the proven score and never turns NO-GO into GO', () => {
    fc.assert(
      fc.property(changes, anyCheck, (some, id) => {
        expectNoGain(judged(some), judged({ ...some, [id]: null }));
      }),
    );
  });

  it('turning a result into an error never improves the verdict', () => {
    fc.assert(
      fc.property(changes, anyCheck, (some, id) => {
        expectNoGain(judged(some), judged({ ...some, [id]: shortOf('threw') }));
      }),
    );
  });

  it('turning a pass into unmeasured never improves the verdict', () => {
    const unmeasured = fc.constantFrom<ObservedFacts>(shortOf('missing-capability'), shortOf('interrupted'));
    fc.assert(
      fc.property(changes, anyCheck, unmeasured, (some, id, instead) => {
        const before = judged(some);
        fc.pre(before.checks.find((check) => check.id === id)?.outcome === 'pass');
        expectNoGain(before, judged({ ...some, [id]: instead }));
      }),
    );
  });

  it('deselecting a check never improves the verdict', () => {
    fc.assert(
      fc.property(changes, anyCheck, (some, id) => {
        const narrowed = {
          ...plan,
          checks: plan.checks.map((check) =>
            check.id === id ? { ...check, deselected: 'not asked for' } : check,
          ),
        };
        const after = judge(narrowed, sampleFacts(narrowed, some), sampleManifest);
        expectNoGain(judged(some), after);
        expect(after.verdict.decision).toBe('NO-GO');
      }),
    );
  });

  it('the proven score is at most the possible one, and both are at most 100 %', () => {
    fc.assert(
      fc.property(changes, (some) => {
        const { score, categories } = judged(some);
        expect(score.proven).toBeLessThanOrEqual(score.possible);
        expect(score.possible).toBeLessThanOrEqual(10_000);
        expect(score.proven).toBeLessThanOrEqual(score.coverage);
        for (const { proven, possible } of categories) expect(proven.num).toBeLessThanOrEqual(possible.num);
      }),
    );
  });

  it('the order of declaration and completion changes nothing', () => {
    fc.assert(
      fc.property(
        changes,
        fc.shuffledSubarray(ids, { minLength: ids.length }),
        fc.shuffledSubarray(ids, { minLength: ids.length }),
        (some, planOrder, factOrder) => {
          const facts = sampleFacts(plan, some);
          const shuffledPlan = {
            ...plan,
            checks: [...plan.checks].sort((a, b) => planOrder.indexOf(a.id) - planOrder.indexOf(b.id)),
          };
          const shuffledFacts = {
            ...facts,
            boot: [...facts.boot].reverse(),
            checks: [...facts.checks].sort((a, b) => factOrder.indexOf(a.check) - factOrder.indexOf(b.check)),
          };
          expect(canonicalJson(judge(shuffledPlan, shuffledFacts, sampleManifest))).toBe(
            canonicalJson(judged(some)),
          );
        },
      ),
    );
  });

  it('an injected fault never gives GO or exit code 0', () => {
    fc.assert(
      fc.property(changes, fc.array(fc.string({ minLength: 1 }), { minLength: 1 }), (some, faults) => {
        const result = judged(some, { faults });
        expect(result.verdict.decision).toBe('NO-GO');
        expect(exitCodeOf(result)).not.toBe(0);
      }),
    );
  });

  it('GO means that all conditions are met and no check was left out or ended in an error', () => {
    fc.assert(
      fc.property(changes, (some) => {
        const result = judged(some);
        if (result.verdict.decision === 'NO-GO') return;
        expect(result.conditions.every(({ state }) => state === 'met')).toBe(true);
        expect(result.checks.some(({ outcome }) => outcome === 'error')).toBe(false);
        const unmeasured = result.checks.filter(({ outcome }) => outcome === 'unmeasured');
        expect(unmeasured.every(({ shortfall }) => shortfall?.kind === 'missing-capability')).toBe(true);
      }),
    );
  });

  it('GO means that no check fails whose severity forbids it, and the verdict counts the failing checks', () => {
    fc.assert(
      fc.property(changes, severities, (some, chosen) => {
        const checks = plan.checks.map((check) => ({
          ...check,
          severity: chosen[check.id] ?? check.severity,
        }));
        const { verdict, checks: results } = judge(
          { ...plan, checks },
          sampleFacts({ ...plan, checks }, some),
          sampleManifest,
        );
        const failing = results.filter((check) => standingOf(check) === 'fails');
        expect(verdict.failing).toBe(failing.length);
        const deciding = failing.filter(({ severity }) => severity === 'blocker' || severity === 'high');
        if (deciding.length > 0) expect(verdict).toMatchObject({ decision: 'NO-GO' });
        if (deciding.length > 0 && verdict.basis !== 'violated') expect(verdict.basis).toBe('harness-failed');
      }),
    );
  });

  it('a higher severity never turns NO-GO into GO', () => {
    const anySeverity = fc.constantFrom(...Severity.options);
    fc.assert(
      fc.property(changes, anyCheck, anySeverity, anySeverity, (some, id, one, other) => {
        const decisionWith = (rank: number): string => {
          const severity = Severity.options[rank] ?? 'low';
          const checks = plan.checks.map((check) => (check.id === id ? { ...check, severity } : check));
          return judge({ ...plan, checks }, sampleFacts({ ...plan, checks }, some), sampleManifest).verdict
            .decision;
        };
        const ranks = [one, other].map((severity) => Severity.options.indexOf(severity));
        if (decisionWith(Math.max(...ranks)) === 'NO-GO')
          expect(decisionWith(Math.min(...ranks))).toBe('NO-GO');
      }),
      { numRuns: 50 },
    );
  });

  it('every failing check belongs to exactly one blocker', () => {
    fc.assert(
      fc.property(changes, (some) => {
        const { blockers, checks } = judged(some);
        const listed = blockers.flatMap(({ root, blocks }) => [root, ...blocks]);
        expect(new Set(listed).size).toBe(listed.length);
        const failing = checks.filter(({ outcome }) => outcome === 'fail' || outcome === 'error');
        for (const { id } of failing) expect(listed).toContain(id);
      }),
    );
  });
});
