import { expect, it } from 'vitest';
import { freezeFacts } from '../evidence/freeze-facts.ts';
import { canonicalJson, sha256 } from '../plan/canonical-json.ts';
import { freezePlan } from '../plan/freeze-plan.ts';
import { largeRun } from '../testing/large-run.ts';
import { judge } from './judge.ts';
import { randomRun } from './testing/random-run.ts';
import { sampleManifest } from './testing/sample-run.ts';

/*
 * Stored runs must keep their bytes, because `readiness judge` compares them. A change that makes the judge faster or
 * simpler leaves these digests alone. One that means to change results, messages or the policy replaces them.
 */

const runs = Array.from({ length: 60 }, (_, seed) => randomRun(seed, 50));
const results = runs.map(({ plan, facts }) => judge(plan, facts, sampleManifest));

it('gives random runs the bytes that it gave them before', () => {
  expect(sha256(results.map(canonicalJson).join(''))).toBe(
    '2201d81ca644faae752956cfac4ef9596363c4498757f1830a9bd2ccdfcf1ba6',
  );
});

it('freezes random plans and facts to the bytes that they had before', () => {
  const stored = runs.map(({ plan, facts }) => {
    const frozen = freezePlan(plan);
    return frozen.json + freezeFacts(facts, frozen).json;
  });
  expect(sha256(stored.join(''))).toBe('b38460a1541c0d8778d92052a19b4dc5f65e7005c2dff50ac94f5087bd624310');
});

it('gives a large mixed run the bytes that it gave it before', () => {
  const { plan, facts, manifest } = largeRun('mixed', 1_000);
  expect(sha256(canonicalJson(judge(plan, facts, manifest)))).toBe(
    'bc767abe70121471de984b5bc0692394d56a0021d2c5de57c8cca6a528d702a3',
  );
});

/** Otherwise the digests would pin little. */
it('meets every outcome, blame and kind of root cause in the random runs', () => {
  const checks = results.flatMap((result) => result.checks);
  const outcomes = new Set(checks.map(({ outcome, cause = '' }) => `${outcome} ${cause}`.trim()));
  expect([...outcomes].sort()).toEqual([
    'blocked harness',
    'blocked product',
    'error harness',
    'fail product',
    'notApplicable',
    'pass',
    'unmeasured',
  ]);
  const titles = results.flatMap(({ blockers }) => blockers.map(({ title }) => title)).join('\n');
  for (const part of [
    'did not become ready',
    'exited during the run',
    'was not available',
    'k6 is missing',
    'responds with server errors',
    'checks fail at GET /internal/users',
    'postgres fails for',
    'Control fails',
    'Could not finish',
    'sees a defect',
  ])
    expect(titles).toContain(part);
});
