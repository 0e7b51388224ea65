import { describe, expect, it } from 'vitest';
import { defineCheck, equals } from '../../../engine/index.ts';
import type { Proof, ProofResult } from './proof.ts';
import { isProven, reportProofs, summarise, toMarkdown } from './proof-report.ts';

const proofsOf = (id: string, ...defects: string[]): Proof[] => {
  const breaks = defects.map((defect) => ({ defect, changes: [], violates: [] }));
  const check = defineCheck({
    id,
    title: 'Something holds',
    why: 'It matters.',
    category: 'api',
    severity: 'high',
    remediation: { text: 'Fix it.', effort: 'hours' },
    expects: { value: equals(1) },
    breaks,
    run: async () => ({ value: 1 }),
  });
  return [{ check }, ...breaks.map((defect) => ({ check, defect }))];
};
const proofs = [...proofsOf('a.a', 'It | leaks.', 'It hangs.'), ...proofsOf('a.b')];
const green: ProofResult = { check: 'a.a', state: 'green', seen: 'All met.', tookMs: 10 };
const red: ProofResult = { ...green, defect: 'It | leaks.', state: 'red', seen: 'leaks:\nObserved 1.' };
const report = (results: ProofResult[], problems: string[] = []) =>
  reportProofs({ proofs, results, problems, durationMs: 2_000 });

describe('the report of proofs', () => {
  it('lists what is proven, what did not run, and checks without a break', () => {
    const { notRun, withoutBreak } = report([red, green]);
    expect(notRun).toEqual([{ check: 'a.a', defect: 'It hangs.' }, { check: 'a.b' }]);
    expect(withoutBreak).toEqual(['a.b']);
    const text = toMarkdown(report([red, green]));
    expect(text).toContain('| `a.a` | It \\| leaks. | red, as declared: leaks: Observed 1. | 0.0 s |');
    expect(text).toContain('- `a.b`: (unbroken)');
  });

  it('ignores results of proofs that are not selected', () => {
    expect(report([{ ...green, check: 'a.c' }]).results).toEqual([]);
  });

  it.each<[boolean, ProofResult[], string[]]>([
    [true, [green, red], []],
    [true, [{ ...green, state: 'unproven' }], []],
    [false, [{ ...green, state: 'red-without-break' }], []],
    [false, [{ ...red, state: 'green-under-break' }], []],
    [false, [{ ...red, state: 'not-healed' }], []],
    [false, [green], ['the platform did not start']],
  ])('is good: %s', (good, results, problems) => {
    expect(isProven(report(results, problems))).toBe(good);
  });

  it('never counts an unproven check as proven', () => {
    expect(summarise(report([{ ...green, state: 'unproven' }]))).toBe(
      '0 checks green on the unbroken platform, 0 breaks red as declared, 0 wrong, 1 unproven, 3 not run, 1 checks without a break, 2 s',
    );
  });
});
