import {
  atMost,
  type CheckContext,
  defineCheck,
  type Exchange,
  empty,
  equals,
} from '../../../harness/engine/index.ts';
import { loginWorks } from '../../authentication/check-fields.ts';
import { furtherSecurity } from '../check-fields.ts';
import { guessingBreaks } from './guessing-breaks.ts';

/** Documented: failures that lock an account for one address, and for how long, seconds. */
const failuresAllowed = 5;
const maxLockS = 900;
/** The guesses of a check take a part of the time. */
const minLockS = 600;
/** Different accounts that are tried from one address; the gateway allows five sign-ins. */
const sprayed = 12;

export const guessingIsStopped = defineCheck({
  ...furtherSecurity,
  id: 'security.sessions.guessing-is-stopped',
  title: 'Guessing a password is stopped at every door',
  failureTitle: 'Passwords can be guessed without limit',
  why: 'Five guesses of a common password open one account in a thousand. A route that compares passwords and counts nothing is enough for all guesses (ASVS 5.0 6.3.1).',
  needs: [loginWorks],
  requires: ['many-source-addresses', 'redis-admin'],
  standards: ['ASVS 6.3.1', 'API2', 'API4'],
  remediation: {
    text: 'Every route that takes a current password goes through verifyPassword, which counts failures per account and address in Redis. The count starts a lockout of 900 s that ends by itself.',
    effort: 'hours',
  },
  expects: {
    wrongGuesses: empty(),
    notLocked: empty(),
    lockTooLong: empty(),
    lockTooShort: empty(),
    belowLimit: equals(200),
    fromElsewhere: equals(200),
    afterLockout: equals(200),
    sprayedGuesses: atMost(failuresAllowed, 'guesses'),
  },
  run: async (context) => {
    const { http, newAddress, unique } = context;
    const user = await context.account();
    const { email, password, accessToken: token } = user;
    const post = (path: string, from: string, body: unknown, more: { token?: string } = {}) =>
      http.request('platform-services', path, { method: 'POST', from, body, ...more });
    const signIn = (from: string, given: string) => post('/auth/login', from, { email, password: given });
    const doors: readonly (readonly [string, (from: string, given: string) => Promise<Exchange>])[] = [
      ['sign-in', signIn],
      [
        'change of the password',
        (from, given) =>
          post(
            '/auth/change-password',
            from,
            { current_password: given, new_password: `${password} more` },
            { token },
          ),
      ],
      [
        'change of the address',
        (from, given) =>
          post(
            '/auth/change-email',
            from,
            { current_password: given, new_email: `${unique('moved')}@readiness.example` },
            { token },
          ),
      ],
      [
        'deletion of the account',
        (from, given) => post('/auth/delete-account', from, { current_password: given }, { token }),
      ],
    ];
    const wrongGuesses: string[] = [];
    const notLocked: string[] = [];
    const lockTooLong: string[] = [];
    const lockTooShort: string[] = [];
    let locked = '';
    const belowLimit = newAddress();
    await signIn(belowLimit, `not ${password}`);
    const correct = await signIn(belowLimit, password);
    for (const [name, guess] of doors) {
      const from = newAddress();
      if (name === 'sign-in') locked = from;
      for (let attempt = 0; attempt < failuresAllowed; attempt += 1) {
        const { status } = await guess(from, `not ${password}`);
        if (status !== 401) wrongGuesses.push(`${name}: guess ${attempt + 1}: ${status}`);
      }
      // The right password too: otherwise the lockout would tell which guess was right.
      const { status, headers } = await guess(from, password);
      if (status !== 423) notLocked.push(`${name}: ${status} with the right password`);
      const seconds = Number(headers['retry-after']);
      if (status === 423 && !(seconds > 0 && seconds <= maxLockS)) lockTooLong.push(`${name}: ${seconds} s`);
      if (status === 423 && seconds < minLockS) lockTooShort.push(`${name}: ${seconds} s`);
    }
    // Addresses are case-insensitive: each spelling must count for the same account.
    const speller = newAddress();
    const spellings = [email, email.toUpperCase(), `${email.slice(0, 1).toUpperCase()}${email.slice(1)}`];
    for (let attempt = 0; attempt < failuresAllowed; attempt += 1)
      await post('/auth/login', speller, {
        email: spellings[attempt % spellings.length],
        password: `not ${password}`,
      });
    const spelled = await signIn(speller, password);
    if (spelled.status !== 423)
      notLocked.push(`sign-in by spellings: ${spelled.status} with the right password`);
    const fromElsewhere = await signIn(newAddress(), password);
    await endLockouts(context, locked);
    const afterLockout = await signIn(locked, password);

    const sprayer = newAddress();
    let sprayedGuesses = 0;
    for (let account = 0; account < sprayed; account += 1) {
      const { status } = await http.request('gateway', '/api/auth/login', {
        method: 'POST',
        from: sprayer,
        body: { email: `${unique('victim')}@readiness.example`, password: 'not the password' },
      });
      if (status !== 429) sprayedGuesses += 1;
    }
    return {
      wrongGuesses,
      notLocked,
      lockTooLong,
      lockTooShort,
      belowLimit: correct.status,
      fromElsewhere: fromElsewhere.status,
      afterLockout: afterLockout.status,
      sprayedGuesses,
    };
  },
  breaks: guessingBreaks,
});

/** Lets the time of the lockouts of an address pass, as Redis would. */
async function endLockouts({ redis }: CheckContext, address: string): Promise<void> {
  const client = redis();
  let cursor = '0';
  do {
    const [next, keys] = await client.scan(cursor, 'MATCH', `auth:failures:*:${address}`, 'COUNT', 1_000);
    cursor = next;
    for (const key of keys) {
      // A lockout without an end stays.
      if ((await client.ttl(key)) > 0) await client.del(key);
    }
  } while (cursor !== '0');
}
