import { describe, expect, it } from 'vitest';
import { atLeast, equals } from '../../../engine/index.ts';
import type { CheckFacts, Shortfall } from '../../../evidence/facts.ts';
import { toPlan } from '../../../plan/to-plan.ts';
import { judgeProof } from './judge-proof.ts';

const [check] = toPlan({
  definitions: [
    {
      id: 'api.some.thing-holds',
      title: 'Something holds',
      why: 'It matters.',
      category: 'api',
      severity: 'high',
      staysUp: ['gateway'],
      remediation: { text: 'Fix it.', effort: 'hours' },
      expects: { status: equals(200), count: atLeast(2, 'rows') },
    },
  ],
  selected: new Set(['api.some.thing-holds']),
  seed: 1,
}).checks;

const green = { status: 200, count: 2 };
const violating = (...violates: string[]) => ({ defect: 'It is broken.', changes: [], violates });

function stateOf(options: {
  observed?: CheckFacts['observed'];
  shortfall?: Shortfall['kind'];
  violates?: string[];
  exited?: string[];
}) {
  if (!check) throw new Error('no check');
  const { observed = {}, shortfall, violates, exited = [] } = options;
  return judgeProof({
    check,
    facts: {
      check: check.id,
      durationMs: 1,
      observed,
      ...(shortfall ? { shortfall: { kind: shortfall, message: 'It failed.' } } : {}),
      evidence: [],
      logs: [],
    },
    defect: violates && violating(...violates),
    exited,
  }).state;
}

describe('a check without a break', () => {
  it.each<[string, Parameters<typeof stateOf>[0]]>([
    ['green', { observed: green }],
    ['red-without-break', { observed: { status: 500, count: 2 } }],
    ['red-without-break', { observed: green, exited: ['gateway'] }],
    ['red-without-break', { shortfall: 'product-failure' }],
    ['harness-failure', { shortfall: 'threw' }],
    ['harness-failure', { observed: { status: 200 } }],
    ['unproven', { shortfall: 'missing-capability' }],
  ])('is %s', (state, options) => {
    expect(stateOf(options)).toBe(state);
  });

  it('stays green when another node has exited', () => {
    expect(stateOf({ observed: green, exited: ['frontend'] })).toBe('green');
  });
});

describe('a check under its break', () => {
  it.each<[string, Parameters<typeof stateOf>[0]]>([
    ['red', { observed: { status: 500, count: 2 }, violates: ['status'] }],
    ['red', { observed: { status: 500, count: 1 }, violates: ['status'] }],
    ['red', { shortfall: 'product-failure', violates: [] }],
    ['red', { shortfall: 'timeout', violates: [] }],
    ['red', { observed: green, exited: ['gateway'], violates: [] }],
    ['green-under-break', { observed: green, violates: ['status'] }],
    ['green-under-break', { observed: green, violates: [] }],
    // Another expectation, or none where the check must observe.
    ['other-failure', { observed: { status: 500, count: 2 }, violates: ['count'] }],
    ['other-failure', { observed: { status: 500, count: 2 }, violates: ['status', 'count'] }],
    ['other-failure', { observed: { status: 500, count: 2 }, violates: [] }],
    ['other-failure', { shortfall: 'product-failure', violates: ['status'] }],
    ['harness-failure', { shortfall: 'threw', violates: ['status'] }],
    ['unproven', { shortfall: 'missing-capability', violates: ['status'] }],
  ])('is %s', (state, options) => {
    expect(stateOf(options)).toBe(state);
  });
});
