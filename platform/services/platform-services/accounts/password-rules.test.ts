import { describe, expect, it } from 'vitest';
import { passwordWeakness } from './password-rules.ts';

describe('passwordWeakness', () => {
  it.each([
    ['password', 'tried first'],
    ['Password1', 'tried first'],
    ['Welcome123!', 'tried first'],
    ['sunshine2024', 'tried first'],
    ['12345678', 'tried first'],
    ['11111111', 'tried first'],
    ['abcdefgh', 'tried first'],
    ['1qaz2wsx', 'tried first'],
    ['poiuytre', 'simple pattern'],
  ])('refuses %s', (password, reason) => {
    expect(passwordWeakness(password, [])).toContain(reason);
  });

  it.each([
    'analytical engine',
    'correct horse battery',
    'Tr0ub4dor&3 yes',
    'kx7#vQ2p',
    'pass the salt, please',
  ])('accepts %s', (password) => {
    expect(passwordWeakness(password, ['ada@example.com', 'Ada Lovelace'])).toBeUndefined();
  });

  it('refuses the account’s own address and name', () => {
    expect(passwordWeakness('Lovelace.Ada@example.com', ['lovelace.ada@example.com'])).toContain('own data');
    expect(passwordWeakness('lovelace.ada', ['lovelace.ada@example.com'])).toContain('own data');
  });
});
