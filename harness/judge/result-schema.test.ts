import Ajv from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../plan/canonical-json.ts';
import { resultSaying } from '../render/testing/hostile-result.ts';
import { sampleResult } from '../render/testing/sample-result.ts';
import { judge } from './judge.ts';
import type { Result } from './result.ts';
import { resultJsonSchema } from './result-schema.ts';
import { observed, sampleFacts, sampleManifest, samplePlan, shortOf } from './testing/sample-run.ts';

const ajv = new Ajv.default({ allErrors: true });
addFormats.default(ajv);
const validate = ajv.compile(resultJsonSchema());

/** How the stored form of a result violates the published schema, by a validator that is not ours. */
function violationsOf(result: unknown): string[] {
  validate(JSON.parse(canonicalJson(result)));
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

describe('the published schema of a result', () => {
  it('requires verdict, conditions and checks', () => {
    const schema = resultJsonSchema();
    expect(schema.$schema).toBe('https://json-schema.org/draft/2020-12/schema');
    expect(schema.required).toEqual(expect.arrayContaining(['verdict', 'conditions', 'checks', 'score']));
    // The schema is published as JSON and must survive the serialization.
    expect(JSON.parse(JSON.stringify(schema))).toEqual(schema);
  });

  it.each<[string, Result]>([
    ['a NO-GO', sampleResult()],
    ['any text', resultSaying('</failure>\u0000 "\\ 😀')],
    ['an interrupted run', judgedWith({ completed: false, interruptedBy: 'SIGINT' })],
    ['a failure of the harness', judgedWith({ completed: false, harnessErrors: ['the disk is full'] })],
  ])('describes %s', (_title, result) => {
    expect(violationsOf(result)).toEqual([]);
  });

  it('describes the result of any facts', () => {
    const plan = samplePlan();
    const facts = (ok: boolean) =>
      fc.constantFrom(
        ...(ok
          ? [observed({ ok: true }), observed({ ok: false })]
          : [
              observed({ failures: { failed: 0, total: 80 } }),
              observed({ failures: { failed: 9, total: 80 } }),
            ]),
        observed({}),
        shortOf('threw'),
        shortOf('timeout'),
        shortOf('product-failure'),
        shortOf('missing-capability', { hint: 'apt-get install it' }),
        null,
      );
    const all = fc.record(
      Object.fromEntries(plan.checks.map(({ id, expects }) => [id, facts('ok' in expects)])),
    );
    fc.assert(
      fc.property(all, (some) => {
        expect(violationsOf(judge(plan, sampleFacts(plan, some), sampleManifest))).toEqual([]);
      }),
    );
  });

  it('rejects a result without its verdict, and one with an unknown outcome', () => {
    const { verdict: _verdict, ...rest } = sampleResult();
    expect(violationsOf(rest)).toEqual([" must have required property 'verdict'"]);
    const [first, ...others] = sampleResult().checks;
    expect(
      violationsOf({ ...sampleResult(), checks: [{ ...first, outcome: 'perhaps' }, ...others] }),
    ).not.toEqual([]);
  });
});

function judgedWith(rest: Parameters<typeof sampleFacts>[2]): Result {
  const plan = samplePlan();
  return judge(plan, sampleFacts(plan, {}, rest), sampleManifest);
}
