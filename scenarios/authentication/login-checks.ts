import { defineCheck, empty, equals } from '../../harness/engine/index.ts';
import { platformServices } from '../../platform/contracts/platform-services/contract.ts';
import { answerIn, answers, refusalIn, refuses } from '../kit/response.ts';
import { textAt, valueAt } from '../kit/shape.ts';
import { authCheck, getMe, loginWorks, postAuth, registrationWorks } from './check-fields.ts';

const signedIn = platformServices.routes.login.success.schema;

export const loginValid = defineCheck({
  ...authCheck,
  id: loginWorks,
  title: 'Signing in with the right password gives a session of the right person',
  why: 'The assessment found a sign-in that no request could satisfy; without it there is no product.',
  severity: 'blocker',
  weight: 3,
  needs: [registrationWorks],
  remediation: {
    text: 'POST /auth/login to platform-services directly with a fresh account; 401 points at hashing or lower-casing of the email, 422 at field names, 5xx at the database (see its log).',
    effort: 'weeks',
  },
  expects: {
    ...answers(200, 'platform-services'),
    samePerson: equals(true),
    newSession: equals(true),
    tokenWorks: equals(200),
    upperCaseEmail: equals(200),
  },
  run: async (context) => {
    const account = await context.account();
    const from = account.address;
    const { email, password } = account;
    const answer = await postAuth(context, 'login', { email, password }, { from });
    const upper = await postAuth(context, 'login', { email: email.toUpperCase(), password }, { from });
    const token = textAt(answer.json, 'access_token');
    const me = await getMe(context, { from, token });
    return {
      ...answerIn(answer, signedIn),
      samePerson:
        textAt(answer.json, 'user', 'id') === account.userId && textAt(me.json, 'id') === account.userId,
      newSession:
        token !== account.accessToken && textAt(answer.json, 'refresh_token') !== account.refreshToken,
      tokenWorks: me.status,
      upperCaseEmail: upper.status,
    };
  },
});

export const loginWrongPassword = defineCheck({
  ...authCheck,
  id: 'auth.login.wrong-password-refused',
  title: 'A wrong password is refused, and the right one still works',
  why: 'A sign-in that accepts anything looks perfectly healthy in every other check.',
  severity: 'blocker',
  weight: 2,
  needs: [loginWorks],
  remediation: {
    text: 'Compare with the stored argon2id hash and answer 401 invalid_credentials; never fall through to success on an error of the comparison.',
    effort: 'hours',
  },
  expects: {
    ...refuses('invalid_credentials', 'platform-services'),
    acceptedVariants: empty(),
    tokens: equals(false),
    rightPassword: equals(200),
  },
  run: async (context) => {
    const account = await context.account();
    const from = account.address;
    const login = (password: string) =>
      postAuth(context, 'login', { email: account.email, password }, { from });
    const wrong = await login('not the password');
    // Cut, padded or lower-cased passwords must not pass either. Fewer tries than the lockout takes.
    const acceptedVariants: string[] = [];
    for (const [what, password] of [
      ['one character less', account.password.slice(0, -1)],
      ['another case', account.password.toLowerCase()],
    ] as const) {
      if ((await login(password)).status !== 401) acceptedVariants.push(what);
    }
    const right = await login(account.password);
    return {
      ...refusalIn(wrong),
      acceptedVariants,
      tokens: wrong.text.includes('token"'),
      rightPassword: right.status,
    };
  },
});

export const loginUnknownEmail = defineCheck({
  ...authCheck,
  id: 'auth.login.unknown-email-same-answer',
  title: 'An unknown email is answered like a wrong password',
  why: 'A different answer tells strangers who has an account here (ASVS 5.0 6.3.8).',
  severity: 'high',
  needs: ['auth.login.wrong-password-refused'],
  remediation: {
    text: 'Answer both with the same status, code and message, and verify against a dummy hash when the account does not exist, so that the time is alike, too.',
    effort: 'hours',
  },
  expects: {
    ...refuses('invalid_credentials', 'platform-services'),
    sameAnswer: equals(true),
    sameHeaders: equals(true),
  },
  run: async (context) => {
    const account = await context.account();
    const password = 'not the password';
    const known = await postAuth(
      context,
      'login',
      { email: account.email, password },
      { from: account.address },
    );
    const unknown = await postAuth(
      context,
      'login',
      { email: `${context.unique('nobody')}@readiness.example`, password },
      { from: context.newAddress() },
    );
    const essence = (json: unknown) =>
      JSON.stringify([valueAt(json, 'error'), valueAt(json, 'message'), valueAt(json, 'details')]);
    // Ids and times differ from answer to answer by nature.
    const names = (headers: Readonly<Record<string, string>>) => Object.keys(headers).sort().join();
    return {
      ...refusalIn(unknown),
      sameAnswer: known.status === unknown.status && essence(known.json) === essence(unknown.json),
      sameHeaders: names(known.headers) === names(unknown.headers),
    };
  },
});

export const loginUsername = defineCheck({
  ...authCheck,
  id: 'auth.login.username-refused-with-field',
  title: 'A sign-in with username instead of email is told which field is missing',
  why: 'This mismatch between client and service was the recorded cause of "field validation errors" in the assessment.',
  severity: 'medium',
  needs: [loginWorks],
  remediation: {
    text: 'Answer 422 with details[0] = {type: missing, loc: [body, email]}; if clients do send username, change them, or accept both on purpose in the contract.',
    effort: 'hours',
  },
  expects: {
    ...refuses('validation_failed', 'platform-services', 'gateway'),
    where: equals(['body', 'email']),
    kind: equals('missing'),
    passwordEchoed: equals(false),
  },
  run: async (context) => {
    const account = await context.account();
    const answer = await postAuth(
      context,
      'login',
      { username: account.email, password: account.password },
      { from: account.address },
    );
    return {
      ...refusalIn(answer),
      where: ((valueAt(answer.json, 'details', 0, 'loc') as string[] | undefined) ?? []).map(String),
      kind: textAt(answer.json, 'details', 0, 'type'),
      passwordEchoed: answer.text.includes(account.password),
    };
  },
});
