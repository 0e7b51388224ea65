import { defineCheck, equals } from '../../harness/engine/index.ts';
import { expectRejection, expectResponse, observeRejection, observeResponse } from '../kit/response.ts';
import { textAt } from '../kit/shape.ts';
import { accountBreaks } from './account-breaks.ts';
import { authenticationCheck, changePasswordWorks, loginWorks } from './check-fields.ts';
import { getMe, login, postAuth, refresh } from './requests.ts';

export const changePassword = defineCheck({
  ...authenticationCheck,
  id: changePasswordWorks,
  title: 'A new password replaces the old and ends other sessions',
  why: 'Users change a password because somebody else may know it. That person must be signed out (ASVS 5.0 7.4.3).',
  severity: 'high',
  needs: [loginWorks],
  remediation: {
    text: 'Store the new argon2id hash and revoke every other session of the user in one transaction. Publish the revocations.',
    effort: 'days',
  },
  expects: {
    ...expectResponse(204, 'platform-services'),
    oldPassword: equals(401),
    newPassword: equals(200),
    otherSession: equals(401),
    otherRefresh: equals(401),
    ownSession: equals(200),
  },
  run: async (context) => {
    const account = await context.account();
    const { password, address: from, accessToken: token } = account;
    const newPassword = `${password} and more`;
    const other = await login(context, account);
    const response = await postAuth(
      context,
      'change-password',
      { current_password: password, new_password: newPassword },
      { from, token },
    );
    const own = await getMe(context, { from, token });
    const otherMe = await getMe(context, { from, token: textAt(other.json, 'access_token') });
    const otherRefresh = await refresh(context, textAt(other.json, 'refresh_token'), from);
    const oldLogin = await login(context, account);
    const newLogin = await login(context, { ...account, password: newPassword });
    return {
      ...observeResponse(response, undefined),
      oldPassword: oldLogin.status,
      newPassword: newLogin.status,
      otherSession: otherMe.status,
      otherRefresh: otherRefresh.status,
      ownSession: own.status,
    };
  },
  breaks: accountBreaks.changePassword,
});

export const changePasswordWrong = defineCheck({
  ...authenticationCheck,
  id: 'authentication.change-password.rejects-wrong-current',
  title: 'A password change requires the current password',
  why: 'Without this rule, anyone with access to a session can take over the account (ASVS 5.0 6.2.3).',
  severity: 'high',
  needs: [changePasswordWorks],
  remediation: {
    text: 'Verify current_password first and respond with 401 invalid_credentials; without a token respond with 401 unauthenticated.',
    effort: 'hours',
  },
  expects: {
    ...expectRejection('invalid_credentials', 'platform-services'),
    withoutToken: equals(401),
    weakNewPassword: equals(422),
    passwordUnchanged: equals(200),
  },
  run: async (context) => {
    const account = await context.account();
    const { address: from, accessToken: token } = account;
    const change = (current_password: string, new_password: string, options: { token?: string }) =>
      postAuth(context, 'change-password', { current_password, new_password }, { from, ...options });
    const wrong = await change('not the password', 'a perfectly good one', { token });
    const anonymous = await change(account.password, 'a perfectly good one', {});
    const weak = await change(account.password, 'password', { token });
    return {
      ...observeRejection(wrong),
      withoutToken: anonymous.status,
      weakNewPassword: weak.status,
      passwordUnchanged: (await login(context, account)).status,
    };
  },
  breaks: accountBreaks.wrongCurrent,
});
