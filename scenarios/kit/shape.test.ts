import { describe, expect, it } from 'vitest';
import { User } from '../../platform/contracts/identity.ts';
import { Health } from '../../platform/contracts/operational.ts';
import { deviationsFrom, textAt, valueAt } from './shape.ts';

const health = {
  status: 'ok',
  service: 'gateway',
  version: '1',
  timestamp: '2025-08-07T00:00:00.000Z',
  uptime_s: 1,
};

describe('comparing a response with its contract', () => {
  it('finds no deviation in a correct response', () => {
    expect(deviationsFrom(Health, health)).toEqual([]);
  });

  it.each([
    [undefined, 'the body'],
    ['<html>', 'the body'],
    [{ ...health, service: 'nginx' }, 'service'],
    [{ ...health, uptime_s: '1' }, 'uptime_s'],
  ])('names the deviation of %j', (value, where) => {
    expect(deviationsFrom(Health, value)[0]).toContain(where);
  });

  it('finds undeclared fields at every depth', () => {
    expect(deviationsFrom(Health, { ...health, env: {} })).toEqual(['env: not declared in the contract']);
    const user = { id: '00000000-0000-4000-8000-000000000000', email: 'a', name: 'b', first_name: null };
    const more = {
      last_name: null,
      role: 'user',
      tenant_id: user.id,
      is_active: true,
      email_verified: false,
      created_at: health.timestamp,
    };
    expect(deviationsFrom(User, { ...user, ...more, password_hash: 'x' })).toEqual([
      'password_hash: not declared in the contract',
    ]);
  });

  it('reads a missing path without throwing', () => {
    expect(valueAt({ a: [{ b: 1 }] }, 'a', 0, 'b')).toBe(1);
    expect(valueAt(undefined, 'a', 0)).toBeUndefined();
    expect(textAt({ a: 1 }, 'a')).toBe('');
  });
});
