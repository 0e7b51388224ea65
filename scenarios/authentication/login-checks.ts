import { defineCheck, empty, equals } from '../../harness/engine/index.ts';
import { platformServices } from '../../platform/contracts/platform-services/contract.ts';
import {
  expectRejection,
  expectResponse,
  observeRejection,
  observeResponse,
  problemLocation,
} from '../kit/response.ts';
import { textAt, valueAt } from '../kit/shape.ts';
import { accountBreaks } from './account-breaks.ts';
import { authenticationCheck, loginWorks, registrationWorks } from './check-fields.ts';
import { getMe, login, postAuth } from './requests.ts';

const rejectsWrongPassword = 'authentication.login.rejects-wrong-password';

export const loginValid = defineCheck({
  ...authenticationCheck,
  id: loginWorks,
  title: 'Sign-in with the correct password creates a session',
  standards: ['ASVS 7.2.4', 'API2'],
  why: 'In the assessment no request could sign in. Nobody can use the product without it.',
  severity: 'blocker',
  weight: 3,
  needs: [registrationWorks],
  remediation: {
    text: 'POST /auth/login to platform-services directly with a fresh account. 401 points to hashing or to the case of the email, 422 to field names, 5xx to the database (see its log).',
    effort: 'weeks',
  },
  expects: {
    ...expectResponse(200, 'platform-services'),
    sameUser: equals(true),
    newSession: equals(true),
    tokenWorks: equals(200),
    upperCaseEmail: equals(200),
  },
  run: async (context) => {
    const account = await context.account();
    const response = await login(context, account);
    const upper = await login(context, { ...account, email: account.email.toUpperCase() });
    const token = textAt(response.json, 'access_token');
    const me = await getMe(context, { from: account.address, token });
    return {
      ...observeResponse(response, platformServices.routes.login.success.schema),
      sameUser:
        textAt(response.json, 'user', 'id') === account.userId && textAt(me.json, 'id') === account.userId,
      newSession:
        token !== account.accessToken && textAt(response.json, 'refresh_token') !== account.refreshToken,
      tokenWorks: me.status,
      upperCaseEmail: upper.status,
    };
  },
  breaks: accountBreaks.login,
});

export const loginWrongPassword = defineCheck({
  ...authenticationCheck,
  id: rejectsWrongPassword,
  title: 'Sign-in rejects a wrong password',
  failureTitle: 'Sign-in accepts a wrong password or reveals a token',
  standards: ['ASVS 6.2.8', 'API2'],
  why: 'A sign-in that accepts any password passes every other check.',
  severity: 'blocker',
  weight: 2,
  needs: [loginWorks],
  remediation: {
    text: 'Compare with the stored argon2id hash and respond with 401 invalid_credentials. An error during the comparison must never lead to success.',
    effort: 'hours',
  },
  expects: {
    ...expectRejection('invalid_credentials', 'platform-services'),
    acceptedVariants: empty(),
    tokens: equals(false),
    correctPassword: equals(200),
  },
  run: async (context) => {
    const account = await context.account();
    const wrong = await login(context, { ...account, password: 'not the password' });
    // Truncated or lower-case passwords must fail too. The attempts stay below the lockout.
    const acceptedVariants: string[] = [];
    for (const [variant, password] of [
      ['one character less', account.password.slice(0, -1)],
      ['another case', account.password.toLowerCase()],
    ] as const) {
      if ((await login(context, { ...account, password })).status !== 401) acceptedVariants.push(variant);
    }
    const correct = await login(context, account);
    return {
      ...observeRejection(wrong),
      acceptedVariants,
      tokens: wrong.text.includes('token"'),
      correctPassword: correct.status,
    };
  },
  breaks: accountBreaks.wrongPassword,
});

export const loginUnknownEmail = defineCheck({
  ...authenticationCheck,
  id: 'authentication.login.hides-unknown-email',
  title: 'Sign-in treats an unknown email like a wrong password',
  failureTitle: 'A failed sign-in tells whether the address is known',
  standards: ['ASVS 6.3.8', 'API2'],
  why: 'A different response shows strangers who has an account (ASVS 5.0 6.3.8).',
  severity: 'high',
  needs: [rejectsWrongPassword],
  remediation: {
    text: 'Respond to both with the same status, code and message. Verify against a dummy hash when the account does not exist, so that the time is the same too.',
    effort: 'hours',
  },
  expects: {
    ...expectRejection('invalid_credentials', 'platform-services'),
    sameResponse: equals(true),
    sameHeaders: equals(true),
  },
  run: async (context) => {
    const account = await context.account();
    const password = 'not the password';
    const known = await login(context, { ...account, password });
    const email = `${context.unique('nobody')}@readiness.example`;
    const unknown = await login(context, { email, password, address: context.newAddress() });
    // Request ids and times differ in every response.
    const constantPart = (json: unknown) =>
      JSON.stringify([valueAt(json, 'error'), valueAt(json, 'message'), valueAt(json, 'details')]);
    const names = (headers: Readonly<Record<string, string>>) => Object.keys(headers).sort().join();
    return {
      ...observeRejection(unknown),
      sameResponse:
        known.status === unknown.status && constantPart(known.json) === constantPart(unknown.json),
      sameHeaders: names(known.headers) === names(unknown.headers),
    };
  },
  breaks: accountBreaks.unknownEmail,
});

export const loginUsername = defineCheck({
  ...authenticationCheck,
  id: 'authentication.login.reports-missing-email',
  title: 'Sign-in with a username reports the missing email',
  why: 'In the assessment this mismatch between client and service caused the "field validation errors".',
  severity: 'high',
  needs: [loginWorks],
  remediation: {
    text: 'Respond with 422 and details[0] = {type: missing, loc: [body, email]}. If clients send username, change them, or accept both in the contract.',
    effort: 'hours',
  },
  expects: {
    ...expectRejection('validation_failed', 'platform-services', 'gateway'),
    location: equals(['body', 'email']),
    kind: equals('missing'),
    passwordEchoed: equals(false),
  },
  run: async (context) => {
    const { email, password, address: from } = await context.account();
    const response = await postAuth(context, 'login', { username: email, password }, { from });
    return {
      ...observeRejection(response),
      location: problemLocation(response),
      kind: textAt(response.json, 'details', 0, 'type'),
      passwordEchoed: response.text.includes(password),
    };
  },
  breaks: accountBreaks.username,
});
