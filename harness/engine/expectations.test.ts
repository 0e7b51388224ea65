import { expect, it } from 'vitest';
import { matches } from './expectations.ts';

it('stores the source of a pattern', () => {
  expect(matches(/^7\./)).toEqual({ op: 'matches', pattern: '^7\\.' });
});

it.each([/^ready$/i, /ready/g, /^ready$/m])(
  'rejects %s, because the judge would ignore its flags',
  (pattern) => {
    expect(() => matches(pattern)).toThrow(`matches(${pattern}) has flags`);
  },
);
