import { type ApiResponse, succeeded, textIn } from '../fixtures/api.ts';
import { expect, test } from '../fixtures/test.ts';
import { createAccount, flow, open, seeHeading, signIn } from '../flow.ts';

/** The user agent of the session to end; the page shows it. */
const lostDevice = 'Lost-Phone/1.0';

test('The dashboard ends one session, a new password all others', {
  tag: '@frontend.dashboard-ends-sessions',
}, async ({ page, person, api, signInAs, observe }) => {
  const { email, password, token, refreshToken } = person;
  const newPassword = `${password} and more`;
  const me = async (access: string) => (await api('GET', '/api/auth/me', { token: access })).status;
  const refresh = async (refresh_token: string) =>
    (await api('POST', '/api/auth/refresh', { body: { refresh_token } })).status;
  const signInApi = (secret: string): Promise<ApiResponse> =>
    api('POST', '/api/auth/login', {
      body: { email, password: secret },
      headers: { 'user-agent': lostDevice },
    });
  const lost = succeeded(await signInApi(password), 'The second sign-in').json;
  const endButton = page.getByRole('button', { name: `End session: ${lostDevice}` });
  const seen: Record<string, number> = {};
  await signInAs(person);
  await flow({
    seesSession: async () => {
      await open(page, '/dashboard');
      await seeHeading(page, 'Dashboard');
      await expect(endButton).toBeVisible();
    },
    endsSession: async () => {
      await endButton.click();
      await expect(page.getByRole('status')).toBeVisible();
      await expect(endButton).toHaveCount(0);
      seen.endedToken = await me(textIn(lost, 'access_token'));
      seen.endedRefresh = await refresh(textIn(lost, 'refresh_token'));
      seen.otherTokenBefore = await me(token);
    },
    changesPassword: async () => {
      await page.getByRole('link', { name: 'Change your password', exact: true }).click();
      await seeHeading(page, 'Change your password');
      await page.getByLabel('Current password', { exact: true }).fill(password);
      await page.getByLabel('New password', { exact: true }).fill(newPassword);
      await page.getByRole('button', { name: 'Change password', exact: true }).click();
      await seeHeading(page, 'Dashboard');
      await expect(page.getByRole('status')).toBeVisible();
      seen.otherTokenAfter = await me(token);
    },
    staysSignedIn: async () => {
      await open(page, '/dashboard');
      await seeHeading(page, 'Dashboard');
      await expect(page.getByRole('button', { name: /^End session/ })).toHaveCount(0);
    },
  });
  seen.otherRefreshAfter = await refresh(refreshToken);
  seen.oldPassword = (await signInApi(password)).status;
  seen.newPassword = (await signInApi(newPassword)).status;
  for (const [name, status] of Object.entries(seen)) observe(name, status);
  expect(seen).toEqual({
    endedToken: 401,
    endedRefresh: 401,
    otherTokenBefore: 200,
    otherTokenAfter: 401,
    otherRefreshAfter: 401,
    oldPassword: 401,
    newPassword: 200,
  });
});

test('A new user registers, signs out and signs in again', { tag: '@frontend.new-user-journey' }, async ({
  page,
  stranger,
  api,
  observe,
}) => {
  const { email, password } = stranger;
  let token = '';
  await flow({
    opensForm: async () => {
      await open(page, '/');
      await page.getByRole('link', { name: 'Create an account' }).first().click();
      await seeHeading(page, 'Create your account');
    },
    registers: async () => {
      await createAccount(page, stranger);
      await seeHeading(page, 'Dashboard');
    },
    isGreeted: () => expect(page.getByText(email).first()).toBeVisible(),
    signsOut: async () => {
      await page.getByRole('button', { name: 'Sign out', exact: true }).click();
      await seeHeading(page, 'Sign in');
    },
    isRejected: async () => {
      await page.goto('/dashboard');
      await seeHeading(page, 'Sign in');
      expect(await page.content(), 'the page still shows the user').not.toContain(email);
    },
    signsInAgain: async () => {
      await signIn(page, stranger);
      await seeHeading(page, 'Dashboard');
      await expect(page.getByText(email).first()).toBeVisible();
    },
    changesProfile: async () => {
      const session = succeeded(
        await api('POST', '/api/auth/login', { body: { email, password } }),
        'The sign-in',
      );
      token = textIn(session.json, 'access_token');
      const change = { display_name: 'Katherine G. Johnson', preferences: { theme: 'dark' } };
      succeeded(await api('PUT', '/api/users/me', { token, body: change }), 'The change');
    },
    findsChange: async () => {
      const { json } = await api('GET', '/api/users/me', { token });
      expect(json.display_name).toBe('Katherine G. Johnson');
      observe('sameUser', json.email === email);
      expect(json.email).toBe(email);
      await page.reload();
      await seeHeading(page, 'Dashboard');
    },
  });
});
