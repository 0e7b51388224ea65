import type { Page } from 'playwright-core';
import { defineCheck, equals, ProductFailure } from '../../harness/engine/index.ts';
import { loginWorks } from '../authentication/check-fields.ts';
import { allDone, journey, must } from '../kit/journey.ts';
import { summary } from '../kit/response.ts';
import { textAt } from '../kit/shape.ts';
import { frontendCheck, pagesRender } from './check-fields.ts';
import { open, seeHeading, signIn } from './pages.ts';

/** What the session that is to be ended calls its browser; the page shows it. */
const lostDevice = 'Lost-Phone/1.0';

export const sessionsEndInBrowser = defineCheck({
  ...frontendCheck,
  id: 'frontend.sessions-end-from-page',
  title: 'A user ends a session on the dashboard, and by a new password all the others',
  why: 'Whoever has lost a phone or fears for the password does this, on these pages; a button that only takes the line off the page leaves the thief signed in.',
  severity: 'high',
  needs: [pagesRender, loginWorks, 'auth.change-password.valid-accepted'],
  remediation: {
    text: 'The step that is not done has its pages in the evidence. A token that still works was not revoked: POST /account/sessions has to call DELETE /auth/sessions/{id}, POST /account/password the platform’s change-password, with the visitor’s own token.',
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
  run: async ({ account, browser, stack, signal, http }) => {
    const user = await account();
    const { email, password, address: from } = user;
    const newPassword = `${password} and more`;
    const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
      http.request('gateway', `/api/auth/${path}`, { method: 'POST', body, from, headers });
    const statusOf = async (token: string) =>
      (await http.request('gateway', '/api/auth/me', { token, from })).status;
    const refreshStatus = async (refresh_token: string) => (await post('refresh', { refresh_token })).status;

    const lost = await post('login', { email, password }, { 'user-agent': lostDevice });
    if (lost.status !== 200) throw new ProductFailure(`signing in from elsewhere: ${summary(lost)}`);
    const context = await browser();
    const page = await context.newPage();
    const base = stack.services.frontend;
    const seen = { endedToken: 0, endedRefresh: 0, otherTokenBefore: 0, otherTokenAfter: 0 };
    const endButton = page.getByRole('button', { name: `End session: ${lostDevice}` });
    const outcomes = await journey(
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
      signal,
    );
    return {
      ...outcomes,
      ...seen,
      otherRefreshAfter: await refreshStatus(user.refreshToken),
      oldPassword: (await post('login', { email, password })).status,
      newPassword: (await post('login', { email, password: newPassword })).status,
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
