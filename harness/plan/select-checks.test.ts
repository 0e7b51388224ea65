import { describe, expect, it } from 'vitest';
import type { CheckDefinition } from '../engine/check.ts';
import { ReadinessError } from '../errors/readiness-error.ts';
import { selectChecks } from './select-checks.ts';

const check = (id: string, needs: string[] = [], category = 'api'): CheckDefinition =>
  ({ id, needs, category }) as unknown as CheckDefinition;

const definitions = [
  check('services.gateway.available', [], 'services'),
  check('auth.login.right', ['services.gateway.available'], 'authentication'),
  check('auth.login.wrong', ['auth.login.right'], 'authentication'),
  check('auth.loginless', [], 'authentication'),
];

describe('selecting checks', () => {
  it('selects all checks without a pattern', () => {
    expect(selectChecks(definitions, []).size).toBe(4);
  });

  it('adds the checks that a selected check needs, transitively', () => {
    expect([...selectChecks(definitions, ['auth.login.wrong'])].sort()).toEqual([
      'auth.login.right',
      'auth.login.wrong',
      'services.gateway.available',
    ]);
  });

  it('matches prefixes by whole segments only', () => {
    expect(selectChecks(definitions, ['auth.login']).has('auth.loginless')).toBe(false);
  });

  it('selects a category by name', () => {
    expect(selectChecks(definitions, ['services'])).toEqual(new Set(['services.gateway.available']));
  });

  it('rejects a pattern that matches nothing, even next to one that matches', () => {
    expect(() => selectChecks(definitions, ['services', 'auth.logn'])).toThrow(ReadinessError);
  });
});
