import { fieldProblem } from '../../../kit/http/problem.ts';
import { loadCommonPasswords } from './common-passwords.ts';

const sequences = [
  'abcdefghijklmnopqrstuvwxyz',
  '01234567890',
  'qwertyuiop',
  'asdfghjkl',
  'zxcvbnm',
  '1qaz2wsx3edc4rfv5tgb6yhn7ujm',
  'qazwsxedcrfvtgb',
];
const cyclicSequences = sequences
  .flatMap((sequence) => [sequence, [...sequence].reverse().join('')])
  .map((sequence) => sequence + sequence);

/** `aaaaaaaa`, `12341234`, `qwertyui`, `87654321`: one short part repeated, or a sequence of keys or letters. */
function isPattern(text: string): boolean {
  return /^(.{1,4})\1+$/u.test(text) || cyclicSequences.some((sequence) => sequence.includes(text));
}

/**
 * Why a new password is rejected; undefined when it is accepted. The contract checks the length (ASVS 5.0 6.2.1).
 * This function rejects the first guesses of an attacker: common passwords (6.2.4), patterns and the account's own
 * email address and name.
 */
export async function passwordWeakness(
  password: string,
  ownWords: readonly string[],
): Promise<string | undefined> {
  const lower = password.toLowerCase();
  // Users often extend a common password with a digit or a symbol.
  const stem = lower.replace(/[\d!@#$%^&*.?_-]{1,4}$/, '');
  const common = await loadCommonPasswords();
  if (common.has(lower) || (stem.length >= 6 && common.has(stem)))
    return 'This password is too common: attackers try it first.';
  if (isPattern(lower)) return 'This password is a simple pattern.';
  const own = ownWords.flatMap((word) => [word, word.split('@')[0] ?? '']).map((word) => word.toLowerCase());
  if (own.some((word) => word.length >= 4 && lower === word))
    return 'This password is your own email address or name.';
  return undefined;
}

/** @throws ProblemError `validation_failed` at `body.<field>` for a weak password */
export async function assertStrongPassword(
  password: string,
  field: string,
  ownWords: readonly string[],
): Promise<void> {
  const weakness = await passwordWeakness(password, ownWords);
  if (weakness !== undefined) throw fieldProblem(['body', field], weakness, 'weak_password');
}
