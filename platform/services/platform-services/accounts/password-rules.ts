import { fieldProblem } from '../../../kit/http/problem.ts';
import { commonPasswords } from './common-passwords.ts';

const alphabet = 'abcdefghijklmnopqrstuvwxyz';
const digits = '01234567890';
const runs = [
  alphabet,
  digits,
  'qwertyuiop',
  'asdfghjkl',
  'zxcvbnm',
  '1qaz2wsx3edc4rfv5tgb6yhn7ujm',
  'qazwsxedcrfvtgb',
];
const allRuns = runs.flatMap((run) => [run, [...run].reverse().join('')]).map((run) => run + run);

/** `aaaaaaaa`, `12341234`, `qwertyui`, `87654321`: one short piece repeated, or a walk along keys or letters. */
function isPattern(text: string): boolean {
  return /^(.{1,4})\1+$/u.test(text) || allRuns.some((run) => run.includes(text));
}

/**
 * Why a new password is refused, or undefined when it is fine. Length is the contract's business (ASVS 5.0
 * 6.2.1); here it is about guesses that come first: common ones (6.2.4), patterns, and the account's own words.
 */
export function passwordWeakness(password: string, ownWords: readonly string[]): string | undefined {
  const lower = password.toLowerCase();
  // Common passwords are often dressed up with a digit or a mark at the end.
  const bare = lower.replace(/[\d!@#$%^&*.?_-]{1,4}$/, '');
  if (commonPasswords.has(lower) || (bare.length >= 6 && commonPasswords.has(bare)))
    return 'This password is one of those that are tried first.';
  if (isPattern(lower)) return 'This password is a simple pattern.';
  const own = ownWords.flatMap((word) => [word, word.split('@')[0] ?? '']).map((word) => word.toLowerCase());
  if (own.some((word) => word.length >= 4 && lower === word))
    return 'This password is part of the account’s own data.';
  return undefined;
}

/** @throws ProblemError `validation_failed` at `body.<field>` for a weak password */
export function assertStrongPassword(password: string, field: string, ownWords: readonly string[]): void {
  const weakness = passwordWeakness(password, ownWords);
  if (weakness !== undefined) throw fieldProblem(['body', field], weakness, 'weak_password');
}
