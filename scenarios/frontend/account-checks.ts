import type { Page } from 'playwright-core';
import { defineCheck, equals, ProductFailure } from '../../harness/engine/index.ts';
import { changePasswordWorks, loginWorks } from '../authentication/check-fields.ts';
import { getMe, login, refresh } from '../authentication/requests.ts';
import { allDone, journey, must } from '../kit/journey.ts';
import { summary } from '../kit/response.ts';
import { textAt } from '../kit/shape.ts';
import { frontendCheck, pagesRender } from './check-fields.ts';
import { open, seeHeading, signIn } from './pages.ts';

/** The user agent of the session to end; the page shows it. */
const lostDevice = 'Lost-Phone/1.0';

export const sessionsEndInBrowser = defineCheck({
  ...frontendCheck,
  id: 'frontend.dashboard-ends-sessions',
  title: 'The dashboard ends one session, a new password all others',
  standards: ['ASVS 7.4.3', 'ASVS 7.5.2', 'API2'],
  why: 'Users who lost a phone or fear for their password need these pages. If the button only hides the session, the thief stays signed in.',
  severity: 'high',
  needs: [pagesRender, loginWorks, changePasswordWorks],
  remediation: {
    text: 'The evidence has the pages of the failed step. A token that still works was not revoked: POST /account/sessions must call DELETE /auth/sessions/{id}, and POST /account/password the platform’s change-password, both with the visitor’s own token.',
    effort: 'days',
  },
  expects: {
    ...allDone('seesSession', 'endsSession', 'changesPassword', 'staysSignedIn'),
    endedToken: equals(401),
    endedRefresh: equals(401),
    otherTokenBefore: equals(200),
    otherTokenAfter: equals(401),
    otherRefreshAfter: equals(401),
    oldPassword: equals(401),
    newPassword: equals(200),
  },
  run: async (context) => {
    const user = await context.account();
    const { email, password, address: from } = user;
    const newPassword = `${password} and more`;
    const statusOf = async (token: string) => (await getMe(context, { token, from })).status;
    const refreshStatus = async (token: string) => (await refresh(context, token, from)).status;

    const lost = await context.http.request('gateway', '/api/auth/login', {
      method: 'POST',
      body: { email, password },
      from,
      headers: { 'user-agent': lostDevice },
    });
    if (lost.status !== 200) throw new ProductFailure(`The second sign-in returned ${summary(lost)}`);
    const page = await (await context.browser()).newPage();
    const base = context.stack.services.frontend;
    const seen = { endedToken: 0, endedRefresh: 0, otherTokenBefore: 0, otherTokenAfter: 0 };
    const endButton = page.getByRole('button', { name: `End session: ${lostDevice}` });
    const results = await journey(
      {
        seesSession: async () => {
          await open(page, `${base}/auth/login`);
          await signIn(page, { email, password });
          await seeHeading(page, 'Dashboard');
          await endButton.waitFor();
        },
        endsSession: async () => {
          await endButton.click();
          await page.getByRole('status').waitFor();
          must((await endButton.count()) === 0, 'the ended session is still listed');
          seen.endedToken = await statusOf(textAt(lost.json, 'access_token'));
          seen.endedRefresh = await refreshStatus(textAt(lost.json, 'refresh_token'));
          seen.otherTokenBefore = await statusOf(user.accessToken);
        },
        changesPassword: async () => {
          await page.getByRole('link', { name: 'Change your password', exact: true }).click();
          await seeHeading(page, 'Change your password');
          await fillPasswords(page, { current: password, next: newPassword });
          await seeHeading(page, 'Dashboard');
          await page.getByRole('status').waitFor();
          seen.otherTokenAfter = await statusOf(user.accessToken);
        },
        staysSignedIn: async () => {
          await page.goto(`${base}/dashboard`);
          await seeHeading(page, 'Dashboard');
          const left = await page.getByRole('button', { name: /^End session/ }).count();
          must(left === 0, `${left} other sessions are listed`);
        },
      },
      context.signal,
    );
    return {
      ...results,
      ...seen,
      otherRefreshAfter: await refreshStatus(user.refreshToken),
      oldPassword: (await login(context, user)).status,
      newPassword: (await login(context, { ...user, password: newPassword })).status,
    };
  },
});

async function fillPasswords(
  page: Page,
  { current, next }: { current: string; next: string },
): Promise<void> {
  await page.getByLabel('Current password', { exact: true }).fill(current);
  await page.getByLabel('New password', { exact: true }).fill(next);
  await page.getByRole('button', { name: 'Change password', exact: true }).click();
}
