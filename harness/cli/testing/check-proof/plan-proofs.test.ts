import { describe, expect, it } from 'vitest';
import { defineCheck, equals } from '../../../engine/index.ts';
import type { Break } from '../../../faults/break.ts';
import type { Change } from '../../../faults/change.ts';
import { earlyFirst, groupProofs, inOrder, runsAlone, selectProofs } from './plan-proofs.ts';

const exchange: Change = { kind: 'exchange', path: /./, drop: true };
const sql: Change = { kind: 'sql', apply: 'select 1', restore: 'select 1' };
const variable: Change = { kind: 'environment', service: 'gateway', set: { A: 'b' } };
const breakOf = (defect: string, ...changes: Change[]): Break => ({ defect, changes, violates: [] });

function check(
  id: string,
  more: {
    breaks?: Break[];
    early?: true;
    isolation?: 'exclusive' | 'drill';
    requires?: ['monitoring'];
  } = {},
) {
  return defineCheck({
    id,
    title: 'Something holds',
    why: 'It matters.',
    category: 'api',
    severity: 'high',
    remediation: { text: 'Fix it.', effort: 'hours' },
    expects: { value: equals(1) },
    run: async () => ({ value: 1 }),
    ...more,
  });
}

describe('the selected proofs', () => {
  const checks = [
    check('a.one', { breaks: [breakOf('x', exchange), breakOf('y', sql)] }),
    check('a.one-more'),
  ];

  it('are one on the unbroken platform and one per break, without the checks that a check needs', () => {
    const proofs = selectProofs(checks, { patterns: ['a.one'] });
    expect(proofs.map(({ check: { id }, defect }) => [id, defect?.defect])).toEqual([
      ['a.one', undefined],
      ['a.one', 'x'],
      ['a.one', 'y'],
    ]);
  });

  it('are rejected when a pattern matches nothing', () => {
    expect(() => selectProofs(checks, { patterns: ['a.on'] })).toThrow('"a.on"');
  });
});

describe('the groups of proofs', () => {
  it('are by what boots, the platform as it is first', () => {
    const checks = [
      check('a.monitored', { requires: ['monitoring'] }),
      check('a.booted', { breaks: [breakOf('x', variable, exchange), breakOf('y', exchange)] }),
      check('a.other', { breaks: [breakOf('z', variable)] }),
    ];
    const groups = groupProofs(selectProofs(checks, { patterns: [] }));
    expect(
      groups.map(({ proofs }) => proofs.map(({ check: { id }, defect }) => [id, defect?.defect])),
    ).toEqual([
      [
        ['a.booted', undefined],
        ['a.booted', 'y'],
        ['a.other', undefined],
      ],
      [['a.monitored', undefined]],
      [
        ['a.booted', 'x'],
        ['a.other', 'z'],
      ],
    ]);
    expect(groups.map((group) => [group.with, group.changes])).toEqual([
      [[], []],
      [['monitoring'], []],
      [[], [variable]],
    ]);
  });
});

describe('the proofs side by side', () => {
  it('begin with the checks of a platform that nobody has used', () => {
    const checks = [check('a.any'), check('a.early', { early: true }), check('a.more')];
    const proofs = earlyFirst(selectProofs(checks, { patterns: [] }));
    expect(proofs.map(({ check: { id } }) => id)).toEqual(['a.early', 'a.any', 'a.more']);
  });
});

describe('a proof that others would notice', () => {
  it('is one of an exclusive check, and one whose break changes a store or process', () => {
    expect(runsAlone({ check: check('a.a') })).toBe(false);
    expect(runsAlone({ check: check('a.a'), defect: breakOf('x', exchange, variable) })).toBe(false);
    expect(runsAlone({ check: check('a.a'), defect: breakOf('x', exchange, sql) })).toBe(true);
    expect(runsAlone({ check: check('a.a', { isolation: 'exclusive' }) })).toBe(true);
  });

  it('comes after those on the unbroken platform, and drills come last', () => {
    const [shared, drill] = [check('a.shared'), check('a.drill', { isolation: 'drill' })];
    const defect = breakOf('x', sql);
    const proofs = [{ check: drill, defect }, { check: drill }, { check: shared, defect }, { check: shared }];
    expect(inOrder(proofs)).toEqual([
      { check: shared },
      { check: shared, defect },
      { check: drill },
      { check: drill, defect },
    ]);
  });
});
