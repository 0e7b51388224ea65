import { defineCheck, empty, equals } from '../../harness/engine/index.ts';
import { platformServices } from '../../platform/contracts/platform-services/contract.ts';
import { answerIn, answers, refusalIn, refuses, summary } from '../kit/response.ts';
import { textAt, valueAt } from '../kit/shape.ts';
import { authCheck, getMe, postAuth, registrationWorks } from './check-fields.ts';

const created = platformServices.routes.register.success.schema;

export const registerValid = defineCheck({
  ...authCheck,
  id: registrationWorks,
  title: 'Registering with email and password gives an account and a session',
  why: 'Registration answered HTTP 500 in the assessment: nobody could become a user at all.',
  severity: 'blocker',
  weight: 3,
  needs: ['services.gateway.ready', 'services.platform-services.ready'],
  remediation: {
    text: 'Read the log of platform-services at this time: SQLSTATE 42P01 means missing migrations, 28P01 a wrong password, 42883 an id of another type. Then POST /auth/register straight to the service to tell it from the gateway.',
    effort: 'weeks',
  },
  expects: {
    ...answers(201, 'platform-services'),
    emailAsGiven: equals(true),
    role: equals('user'),
    tokenWorks: equals(200),
  },
  run: async (context) => {
    const email = `${context.unique('New.User')}@readiness.example`;
    const answer = await postAuth(context, 'register', {
      email,
      password: 'correct horse battery staple',
      first_name: 'Ada',
      last_name: 'Lovelace',
      role: 'admin',
    });
    const token = textAt(answer.json, 'access_token');
    const me = await getMe(context, { token });
    return {
      ...answerIn(answer, created),
      emailAsGiven: textAt(me.json, 'email').toLowerCase() === email.toLowerCase(),
      role: textAt(answer.json, 'user', 'role'),
      tokenWorks: me.status,
    };
  },
});

export const registerMissingField = defineCheck({
  ...authCheck,
  id: 'auth.register.missing-field-refused',
  title: 'Registering without email, or without password, names the missing field',
  why: 'Clients show the reason next to the field; an internal error instead was one of the recorded failures.',
  severity: 'high',
  needs: [registrationWorks],
  remediation: {
    text: 'Validate the body against the contract before anything else and answer 422 with details[].loc = [body, <field>].',
    effort: 'hours',
  },
  expects: {
    ...refuses('validation_failed', 'platform-services', 'gateway'),
    named: equals([
      ['body', 'email'],
      ['body', 'password'],
    ]),
  },
  run: async (context) => {
    const withoutEmail = await postAuth(context, 'register', {
      password: 'correct horse battery',
      name: 'Ada',
    });
    const withoutPassword = await postAuth(context, 'register', {
      email: `${context.unique('nopass')}@readiness.example`,
      name: 'Ada',
    });
    return {
      ...refusalIn(withoutEmail),
      named: [withoutEmail, withoutPassword].map((answer) =>
        ((valueAt(answer.json, 'details', 0, 'loc') as string[] | undefined) ?? []).map(String),
      ),
    };
  },
});

/** ASVS 5.0 6.2.1 (length), 6.2.4 (the most common passwords), and one that holds the account's own name. */
const weakPasswords = ['short7!', 'password', '12345678', 'qwertyuiop', 'password123'];
/** ASVS 5.0 6.2.5 and 6.2.8: nothing is asked of the composition, spaces and any script count. */
const goodPasswords = ['only lower case words here', 'пароль из многих слов', `${'long '.repeat(12)}pass`];

export const registerWeakPassword = defineCheck({
  ...authCheck,
  id: 'auth.register.weak-password-refused',
  title: 'Short and common passwords are refused, long ones of any characters accepted',
  why: 'Common passwords are the first that attackers try; composition rules only drive people to predictable ones (ASVS 5.0 6.2).',
  severity: 'high',
  needs: [registrationWorks],
  remediation: {
    text: 'Refuse passwords under 8 characters and those in the list of the most common ones with 422; accept at least 64 characters of any kind, without cutting them.',
    effort: 'hours',
  },
  expects: {
    acceptedWeak: empty(),
    refusedGood: empty(),
    tried: equals(weakPasswords.length + goodPasswords.length),
  },
  run: async (context) => {
    const acceptedWeak: string[] = [];
    const refusedGood: string[] = [];
    let tried = 0;
    for (const password of [...weakPasswords, ...goodPasswords]) {
      tried += 1;
      const answer = await postAuth(
        context,
        'register',
        { email: `${context.unique('pw')}@readiness.example`, password, name: 'Ada' },
        { from: context.newAddress() },
      );
      const weak = weakPasswords.includes(password);
      const refused = answer.status === 422 && textAt(answer.json, 'error') === 'validation_failed';
      if (weak && !refused) acceptedWeak.push(`"${password}": ${answer.status}`);
      if (!weak && answer.status !== 201) refusedGood.push(`"${password}": ${summary(answer)}`);
    }
    return { acceptedWeak, refusedGood, tried };
  },
});

export const registerDuplicate = defineCheck({
  ...authCheck,
  id: 'auth.register.duplicate-refused',
  title: 'An email address can be registered once, whatever its case',
  why: 'Two accounts with one address make sign-in ambiguous and let one person take over the other’s mail.',
  severity: 'high',
  needs: [registrationWorks],
  remediation: {
    text: 'Keep a unique index on lower(email) and turn its violation (23505) into 409 duplicate_email.',
    effort: 'hours',
  },
  expects: {
    ...refuses('duplicate_email', 'platform-services'),
    otherCase: equals(409),
    firstStillWorks: equals(200),
  },
  run: async (context) => {
    const first = await context.account();
    const again = { password: 'another long password', name: 'Somebody else' };
    const from = context.newAddress();
    const same = await postAuth(context, 'register', { ...again, email: first.email }, { from });
    const upper = await postAuth(
      context,
      'register',
      { ...again, email: first.email.toUpperCase() },
      { from },
    );
    const login = await postAuth(
      context,
      'login',
      { email: first.email, password: first.password },
      { from: first.address },
    );
    return { ...refusalIn(same), otherCase: upper.status, firstStillWorks: login.status };
  },
});

const rivals = 10;

export const registerRace = defineCheck({
  ...authCheck,
  id: 'auth.register.race-gives-one-account',
  title: 'Ten simultaneous registrations of one address give one account',
  why: 'Asking first and inserting afterwards lets two of them through; a double click is enough to do it.',
  severity: 'high',
  needs: [registrationWorks],
  remediation: {
    text: 'Let the database decide: unique index on lower(email), insert, and answer 409 on its violation, everything in one transaction with tenant and workspace.',
    effort: 'hours',
  },
  expects: { created: equals(1), refused: equals(rivals - 1), unexpected: empty() },
  run: async (context) => {
    const email = `${context.unique('race')}@readiness.example`;
    const settled = await Promise.all(
      Array.from({ length: rivals }, () =>
        postAuth(
          context,
          'register',
          { email, password: 'correct horse battery staple', name: 'Rival' },
          { from: context.newAddress() },
        ),
      ),
    );
    const with_ = (status: number) => settled.filter((answer) => answer.status === status);
    return {
      created: with_(201).length,
      refused: with_(409).length,
      unexpected: settled.filter(({ status }) => status !== 201 && status !== 409).map(summary),
    };
  },
});
