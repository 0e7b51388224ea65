import passwords from '@zxcvbn-ts/language-common/src/passwords.json' with { type: 'json' };
import { describe, expect, it } from 'vitest';
import { Registration } from '../../../contracts/platform-services/authentication.ts';
import { passwordWeakness } from './password-rules.ts';

describe('passwordWeakness', () => {
  it.each([
    ['password', 'too common'],
    ['Password1', 'too common'],
    ['Welcome123!', 'too common'],
    ['sunshine2024', 'too common'],
    ['12345678', 'too common'],
    ['11111111', 'too common'],
    ['abcdefgh', 'too common'],
    ['1qaz2wsx', 'too common'],
    ['PyAirtable1!', 'too common'],
    ['poiuytre', 'simple pattern'],
  ])('rejects %s', async (password, reason) => {
    expect(await passwordWeakness(password, [])).toContain(reason);
  });

  it('rejects at least 3,000 common passwords that reach the minimum length', async () => {
    const longEnough = passwords.filter(
      (password) => Registration.shape.password.safeParse(password).success,
    );
    const weaknesses = await Promise.all(longEnough.map((password) => passwordWeakness(password, [])));
    expect(new Set(weaknesses)).toEqual(new Set(['This password is too common: attackers try it first.']));
    expect(longEnough.length).toBeGreaterThanOrEqual(3_000);
  });

  it.each([
    'analytical engine',
    'correct horse battery',
    'Tr0ub4dor&3 yes',
    'kx7#vQ2p',
    'pass the salt, please',
  ])('accepts %s', async (password) => {
    expect(await passwordWeakness(password, ['ada@example.com', 'Ada Lovelace'])).toBeUndefined();
  });

  it('rejects the account’s own address and name', async () => {
    const own = ['lovelace.ada@example.com'];
    expect(await passwordWeakness('Lovelace.Ada@example.com', own)).toContain('your own email');
    expect(await passwordWeakness('lovelace.ada', own)).toContain('your own email');
  });
});
