import { describe, expect, it } from 'vitest';
import { checkOf, judgeSample, observed, plannedCheck, samplePlan, shortOf } from './testing/sample-run.ts';
import { titleOf, titleOfRoot } from './title-of.ts';

const title = 'Files of other tenants are hidden';
const leak = plannedCheck({
  id: 'security.leak',
  title,
  failureTitle: 'A tenant reads a file of another one',
  controls: ['ownerCanRead'],
  expects: {
    foreignFiles: { op: 'empty' },
    ownerCanRead: { op: 'equals', value: 200 },
  },
});

function seen(facts: ReturnType<typeof observed>, check = leak) {
  const plan = samplePlan();
  return checkOf(
    judgeSample({ [check.id]: facts }, {}, { ...plan, checks: [...plan.checks, check] }),
    check.id,
  );
}

describe('the title of a check', () => {
  it.each([
    ['it passes', { foreignFiles: [], ownerCanRead: 200 }, title],
    ['it sees its defect', { foreignFiles: ['a.txt'], ownerCanRead: 200 }, leak.failureTitle],
    [
      'it sees its defect and its control fails',
      { foreignFiles: ['a.txt'], ownerCanRead: 500 },
      leak.failureTitle,
    ],
    ['only its control fails', { foreignFiles: [], ownerCanRead: 500 }, `Control fails: ${title}`],
  ])('says what was seen when %s', (_when, facts, expected) => {
    expect(titleOf(seen(observed(facts)))).toBe(expected);
  });

  it('states no defect when the check could not continue', () => {
    expect(titleOf(seen(shortOf('product-failure')))).toBe(`Could not finish: ${title}`);
    expect(titleOf(seen(shortOf('timeout')))).toBe(`Could not finish: ${title}`);
  });

  it('is the negation of what is true when it passes, without a failure title', () => {
    const { failureTitle: _none, ...plain } = leak;
    const check = seen(observed({ foreignFiles: ['a.txt'], ownerCanRead: 200 }), plain);
    expect(titleOf(check)).toBe(`Fails: ${title}`);
  });

  it.each([
    ['threw', `Harness error: ${title}`],
    ['missing-capability', `Not measured: ${title}`],
  ] as const)('of a root cause names what kept it from a result: %s', (kind, expected) => {
    expect(titleOfRoot(seen(shortOf(kind)))).toBe(expected);
    expect(titleOf(seen(shortOf(kind)))).toBe(title);
  });
});
