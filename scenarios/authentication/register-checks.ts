import { defineCheck, empty, equals } from '../../harness/engine/index.ts';
import { platformServices } from '../../platform/contracts/platform-services/contract.ts';
import {
  expectRejection,
  expectResponse,
  observeRejection,
  observeResponse,
  problemLocation,
  summary,
} from '../kit/response.ts';
import { textAt } from '../kit/shape.ts';
import { accountBreaks } from './account-breaks.ts';
import { authenticationCheck, registrationWorks } from './check-fields.ts';
import { getMe, login, postAuth } from './requests.ts';

export const registerValid = defineCheck({
  ...authenticationCheck,
  id: registrationWorks,
  title: 'Registration creates an account and a session',
  why: 'In the assessment registration returned HTTP 500, so nobody could become a user.',
  severity: 'blocker',
  weight: 3,
  needs: ['services.gateway.ready', 'services.platform-services.ready'],
  remediation: {
    text: 'Read the log of platform-services at this time: SQLSTATE 42P01 means missing migrations, 28P01 a wrong password, 42883 an id of another type. To exclude the gateway, POST /auth/register to the service directly.',
    effort: 'weeks',
  },
  expects: {
    ...expectResponse(201, 'platform-services'),
    emailAsGiven: equals(true),
    role: equals('user'),
    tokenWorks: equals(200),
  },
  run: async (context) => {
    const email = `${context.unique('New.User')}@readiness.example`;
    const response = await postAuth(context, 'register', {
      email,
      password: 'correct horse battery staple',
      first_name: 'Ada',
      last_name: 'Lovelace',
      role: 'admin',
    });
    const me = await getMe(context, { token: textAt(response.json, 'access_token') });
    return {
      ...observeResponse(response, platformServices.routes.register.success.schema),
      emailAsGiven: textAt(me.json, 'email').toLowerCase() === email.toLowerCase(),
      role: textAt(response.json, 'user', 'role'),
      tokenWorks: me.status,
    };
  },
  breaks: accountBreaks.createsAccount,
});

export const registerMissingField = defineCheck({
  ...authenticationCheck,
  id: 'authentication.register.rejects-missing-field',
  title: 'Registration names a missing email or password',
  why: 'Clients show the reason beside the field. In the assessment they got an internal error instead.',
  severity: 'high',
  needs: [registrationWorks],
  remediation: {
    text: 'Validate the body against the contract first and respond with 422 and details[].loc = [body, <field>].',
    effort: 'hours',
  },
  expects: {
    ...expectRejection('validation_failed', 'platform-services', 'gateway'),
    locations: equals([
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
      ...observeRejection(withoutEmail),
      locations: [withoutEmail, withoutPassword].map(problemLocation),
    };
  },
  breaks: accountBreaks.missingField,
});

/** ASVS 5.0 6.2.1 (length) and 6.2.4 (common passwords). */
const weakPasswords = ['short7!', 'password', '12345678', 'qwertyuiop', 'password123'];
/** ASVS 5.0 6.2.5 and 6.2.8: no composition rules; spaces and every script are allowed. */
const goodPasswords = ['only lower case words here', 'пароль из многих слов', `${'long '.repeat(12)}pass`];

export const registerWeakPassword = defineCheck({
  ...authenticationCheck,
  id: 'authentication.register.rejects-weak-password',
  title: 'Registration rejects short and common passwords only',
  why: 'Attackers try common passwords first. Composition rules lead users to predictable passwords (ASVS 5.0 6.2).',
  severity: 'high',
  needs: [registrationWorks],
  remediation: {
    text: 'Reject passwords under 8 characters and passwords from the list of common ones with 422. Accept at least 64 characters of any kind without truncating them.',
    effort: 'hours',
  },
  expects: {
    acceptedWeak: empty(),
    rejectedGood: empty(),
    tried: equals(weakPasswords.length + goodPasswords.length),
  },
  run: async (context) => {
    const acceptedWeak: string[] = [];
    const rejectedGood: string[] = [];
    let tried = 0;
    for (const password of [...weakPasswords, ...goodPasswords]) {
      tried += 1;
      const response = await postAuth(
        context,
        'register',
        { email: `${context.unique('pw')}@readiness.example`, password, name: 'Ada' },
        { from: context.newAddress() },
      );
      const weak = weakPasswords.includes(password);
      const rejected = response.status === 422 && textAt(response.json, 'error') === 'validation_failed';
      if (weak && !rejected) acceptedWeak.push(`"${password}": ${response.status}`);
      if (!weak && response.status !== 201) rejectedGood.push(`"${password}": ${summary(response)}`);
    }
    return { acceptedWeak, rejectedGood, tried };
  },
  breaks: accountBreaks.weakPassword,
});

export const registerDuplicate = defineCheck({
  ...authenticationCheck,
  id: 'authentication.register.rejects-duplicate-email',
  title: 'An email can be registered once, regardless of case',
  why: 'Two accounts with one email make sign-in ambiguous, and one user could receive the mail of the other.',
  severity: 'high',
  needs: [registrationWorks],
  remediation: {
    text: 'Keep a unique index on lower(email) and turn its violation (23505) into 409 duplicate_email.',
    effort: 'hours',
  },
  expects: {
    ...expectRejection('duplicate_email', 'platform-services'),
    otherCase: equals(409),
    firstStillWorks: equals(200),
  },
  run: async (context) => {
    const first = await context.account();
    const from = context.newAddress();
    const register = (email: string) =>
      postAuth(
        context,
        'register',
        { email, password: 'another long password', name: 'Somebody else' },
        { from },
      );
    const same = await register(first.email);
    const upper = await register(first.email.toUpperCase());
    const signIn = await login(context, first);
    return { ...observeRejection(same), otherCase: upper.status, firstStillWorks: signIn.status };
  },
  breaks: accountBreaks.duplicate,
});

const concurrent = 10;

export const registerRace = defineCheck({
  ...authenticationCheck,
  id: 'authentication.register.race-creates-one-account',
  title: 'Ten concurrent registrations create one account',
  why: 'A lookup before the insert lets two of them succeed. A double click is enough.',
  severity: 'high',
  needs: [registrationWorks],
  remediation: {
    text: 'Let the database decide: keep a unique index on lower(email), insert, and respond with 409 on its violation. Create account, tenant and workspace in one transaction.',
    effort: 'hours',
  },
  expects: { created: equals(1), rejected: equals(concurrent - 1), unexpected: empty() },
  run: async (context) => {
    const email = `${context.unique('race')}@readiness.example`;
    const responses = await Promise.all(
      Array.from({ length: concurrent }, () =>
        postAuth(
          context,
          'register',
          { email, password: 'correct horse battery staple', name: 'Rival' },
          { from: context.newAddress() },
        ),
      ),
    );
    const count = (expected: number) => responses.filter(({ status }) => status === expected).length;
    return {
      created: count(201),
      rejected: count(409),
      unexpected: responses.filter(({ status }) => status !== 201 && status !== 409).map(summary),
    };
  },
  breaks: accountBreaks.race,
});
