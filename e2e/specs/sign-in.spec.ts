import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures/test.ts';
import { createAccount, flow, open, seeHeading, signIn } from '../flow.ts';

test('A new account opens the dashboard', { tag: '@frontend.register-creates-account' }, async ({
  page,
  stranger,
  api,
  observe,
}) => {
  await flow({
    formOpens: async () => {
      await open(page, '/auth/register');
      await seeHeading(page, 'Create your account');
    },
    accountCreated: async () => {
      await createAccount(page, stranger);
      await seeHeading(page, 'Dashboard');
      await expect(page).toHaveURL(/\/dashboard$/);
      await expect(page.getByText(stranger.email).first()).toBeVisible();
    },
    sessionKept: async () => {
      await page.reload();
      await seeHeading(page, 'Dashboard');
    },
  });
  // Only a sign-in through the API proves that the account exists.
  const { email, password } = stranger;
  const { status } = await api('POST', '/api/auth/login', { body: { email, password } });
  observe('accountExists', status);
  expect(status).toBe(200);
});

test('A user signs in, sees their own dashboard and signs out', {
  tag: '@frontend.sign-in-leads-to-dashboard',
}, async ({ page, person, observe }) => {
  await flow({
    signsIn: async () => {
      await open(page, '/auth/login');
      await signIn(page, person);
      await seeHeading(page, 'Dashboard');
    },
    seesOwnDashboard: async () => {
      await expect(page.getByText(person.email).first()).toBeVisible();
      const visible = await tokensVisibleToScripts(page);
      observe('tokensInScripts', visible);
      expect(visible).toEqual([]);
    },
    signsOut: async () => {
      await page.getByRole('button', { name: 'Sign out', exact: true }).click();
      await seeHeading(page, 'Sign in');
    },
    isSignedOut: async () => {
      await page.goto('/dashboard');
      await seeHeading(page, 'Sign in');
    },
  });
});

test.describe(() => {
  test.use({ expectedStatuses: [401] });

  test('The sign-in page reports a wrong password', { tag: '@frontend.wrong-password-shows-alert' }, async ({
    page,
    person,
    observe,
  }) => {
    await flow({
      formOpens: () => open(page, '/auth/login'),
      problemShown: async () => {
        await signIn(page, { email: person.email, password: 'not the password' });
        const alert = page.getByRole('alert');
        await expect(alert).toBeVisible();
        observe('message', (await alert.textContent())?.trim() ?? '');
        await seeHeading(page, 'Sign in');
        const shown = (await page.content()).includes('not the password');
        observe('passwordShown', shown);
        expect(shown).toBe(false);
      },
      stillGuarded: async () => {
        await page.goto('/dashboard');
        await seeHeading(page, 'Sign in');
      },
    });
  });
});

/** The browser stores where a script of the page can read a token. */
async function tokensVisibleToScripts(page: Page): Promise<string[]> {
  const stores = await page.evaluate(() => ({
    cookies: document.cookie,
    localStorage: JSON.stringify({ ...localStorage }),
    sessionStorage: JSON.stringify({ ...sessionStorage }),
    page: document.documentElement.outerHTML,
  }));
  return Object.entries(stores)
    .filter(([, text]) => /eyJ[\w-]+\.[\w-]+\./.test(text))
    .map(([name]) => name);
}
