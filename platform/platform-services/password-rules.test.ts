import { describe, expect, it } from 'vitest';
import { passwordWeakness } from './password-rules.ts';

describe('passwordWeakness', () => {
  it.each([
    'password',
    'Password1',
    'Welcome123!',
    'sunshine2024',
    '12345678',
    '11111111',
    'abcdefgh',
    '1qaz2wsx',
    'poiuytre',
  ])('refuses %s', (password) => {
    expect(passwordWeakness(password, [])).toBeDefined();
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
    expect(passwordWeakness('Lovelace.Ada@example.com', ['lovelace.ada@example.com'])).toBeDefined();
    expect(passwordWeakness('lovelace.ada', ['lovelace.ada@example.com'])).toBeDefined();
  });
});
