import { describe, expect, it } from 'vitest';
import { Canaries } from '../logs/canaries.ts';
import { type GivenAccount, GivenAccounts } from './given-accounts.ts';
import { openAccounts } from './open-accounts.ts';

const account = (name: string, tenantId = name): GivenAccount => ({
  email: `${name}@readiness.example`,
  password: 'Kestrel-1',
  name,
  userId: name,
  tenantId,
  accessToken: `${name}-1`,
  refreshToken: `${name}-r`,
});
const pool = (...accounts: GivenAccount[]) =>
  new GivenAccounts({ accounts, renew: async (one) => ({ ...one, accessToken: `${one.name}-2` }) });

describe('given accounts', () => {
  it('belong to one check at a time', async () => {
    const accounts = pool(account('ada'), account('grace'));
    expect(accounts.reserve('a', 1)).toBe(true);
    expect(accounts.reserve('b', 2)).toBe(false);
    expect(accounts.reserve('c', 1)).toBe(true);
    expect((await accounts.next('a')).email).not.toBe((await accounts.next('c')).email);
    accounts.release('a');
    accounts.release('c');
    expect(accounts.reserve('b', 2)).toBe(true);
  });

  it('keep their renewed session for the next check', async () => {
    const accounts = pool(account('ada'));
    accounts.reserve('a', 1);
    expect((await accounts.next('a')).accessToken).toBe('ada-2');
    accounts.release('a');
    accounts.reserve('b', 1);
    expect((await accounts.next('b')).accessToken).toBe('ada-2');
  });

  it('count once per tenant', () => {
    const accounts = pool(account('ada', 't'), account('grace', 't'));
    expect(accounts.count).toBe(1);
    expect(accounts.problems).toEqual(['grace@readiness.example is in the tenant of ada@readiness.example.']);
  });
});

describe('the accounts of a check', () => {
  const open = (users: number, given: GivenAccounts) =>
    openAccounts({
      check: { id: 'a', users },
      given,
      http: {
        request: () => {
          throw new Error('sends nothing');
        },
      },
      canaries: new Canaries(undefined),
      share: () => undefined,
      unique: (prefix) => prefix,
      hexDigits: (length) => '0'.repeat(length),
      nextAddress: () => '127.0.0.1',
      sharedAddress: true,
    });

  it('are the reserved ones, without a registration', async () => {
    const given = pool(account('ada'), account('grace'));
    given.reserve('a', 2);
    const next = open(2, given);
    const emails = (await Promise.all([next(), next()])).map(({ email }) => email);
    expect(new Set(emails).size).toBe(2);
  });

  it('are never more than the check declares', async () => {
    const given = pool(account('ada'));
    given.reserve('a', 1);
    const next = open(1, given);
    await next();
    await expect(next()).rejects.toThrow('a uses 2 users and declares 1.');
  });
});
