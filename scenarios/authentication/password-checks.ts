import { defineCheck, equals } from '../../harness/engine/index.ts';
import { answerIn, answers, refusalIn, refuses } from '../kit/response.ts';
import { textAt } from '../kit/shape.ts';
import { authCheck, getMe, loginWorks, postAuth } from './check-fields.ts';

const changes = 'auth.change-password.valid-accepted';

export const changePassword = defineCheck({
  ...authCheck,
  id: changes,
  title: 'Changing the password replaces it and ends other sessions',
  why: 'People change passwords when they fear that somebody has the old one; that somebody must be out afterwards (ASVS 5.0 7.4.3).',
  severity: 'high',
  needs: [loginWorks],
  remediation: {
    text: 'Store the new argon2id hash and revoke every other session of the user in one transaction; publish the revocations.',
    effort: 'days',
  },
  expects: {
    ...answers(204, 'platform-services'),
    oldPassword: equals(401),
    newPassword: equals(200),
    otherSession: equals(401),
    otherRefresh: equals(401),
    ownSession: equals(200),
  },
  run: async (context) => {
    const account = await context.account();
    const from = account.address;
    const { email, password } = account;
    const newPassword = `${password} and more`;
    const other = await postAuth(context, 'login', { email, password }, { from });
    const answer = await postAuth(
      context,
      'change-password',
      { current_password: password, new_password: newPassword },
      { from, token: account.accessToken },
    );
    const own = await getMe(context, { from, token: account.accessToken });
    const otherMe = await getMe(context, { from, token: textAt(other.json, 'access_token') });
    const otherRefresh = await postAuth(
      context,
      'refresh',
      { refresh_token: textAt(other.json, 'refresh_token') },
      { from },
    );
    const oldLogin = await postAuth(context, 'login', { email, password }, { from });
    const newLogin = await postAuth(context, 'login', { email, password: newPassword }, { from });
    return {
      ...answerIn(answer, undefined),
      oldPassword: oldLogin.status,
      newPassword: newLogin.status,
      otherSession: otherMe.status,
      otherRefresh: otherRefresh.status,
      ownSession: own.status,
    };
  },
});

export const changePasswordWrong = defineCheck({
  ...authCheck,
  id: 'auth.change-password.wrong-current-refused',
  title: 'The password cannot be changed without the present one',
  why: 'Otherwise a borrowed session becomes a stolen account (ASVS 5.0 6.2.3).',
  severity: 'high',
  needs: [changes],
  remediation: {
    text: 'Verify current_password before anything else and answer 401 invalid_credentials; without a token 401 unauthenticated.',
    effort: 'hours',
  },
  expects: {
    ...refuses('invalid_credentials', 'platform-services'),
    withoutToken: equals(401),
    weakNewPassword: equals(422),
    passwordUnchanged: equals(200),
  },
  run: async (context) => {
    const account = await context.account();
    const from = account.address;
    const token = account.accessToken;
    const change = (current_password: string, new_password: string, options: { token?: string }) =>
      postAuth(context, 'change-password', { current_password, new_password }, { from, ...options });
    const wrong = await change('not the password', 'a perfectly good one', { token });
    const anonymous = await change(account.password, 'a perfectly good one', {});
    const weak = await change(account.password, 'password', { token });
    const login = await postAuth(
      context,
      'login',
      { email: account.email, password: account.password },
      { from },
    );
    return {
      ...refusalIn(wrong),
      withoutToken: anonymous.status,
      weakNewPassword: weak.status,
      passwordUnchanged: login.status,
    };
  },
});
