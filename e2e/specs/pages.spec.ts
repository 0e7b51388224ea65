import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures/test.ts';
import { flow, open, seeHeading } from '../flow.ts';

const forms = {
  signIn: { path: '/auth/login', heading: 'Sign in', labels: ['Email', 'Password'], button: 'Sign in' },
  register: {
    path: '/auth/register',
    heading: 'Create your account',
    labels: ['Name', 'Email', 'Password'],
    button: 'Create account',
  },
} as const;

/** The number of rules in all loaded style sheets. */
const countStyleRules = (page: Page): Promise<number> =>
  page.evaluate(() => [...document.styleSheets].reduce((sum, sheet) => sum + sheet.cssRules.length, 0));

test('Pages render with styles and no console errors', { tag: '@frontend.pages-render' }, async ({
  page,
  observe,
  unexpected,
}) => {
  const styleRules: number[] = [];
  const see = async (form: keyof typeof forms): Promise<void> => {
    const { path, heading, labels, button } = forms[form];
    await open(page, path);
    await seeHeading(page, heading);
    for (const label of labels) await expect(page.getByLabel(label, { exact: true })).toBeVisible();
    await expect(page.getByRole('button', { name: button, exact: true })).toBeVisible();
    styleRules.push(await countStyleRules(page));
  };
  await flow({
    landing: async () => {
      await open(page, '/');
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    },
    signIn: () => see('signIn'),
    register: () => see('register'),
  });
  observe('styleRules', Math.min(...styleRules));
  observe('language', (await page.locator('html').getAttribute('lang')) ?? '');
  observe('errors', [...unexpected]);
});

test('The dashboard redirects visitors without a session', {
  tag: '@frontend.dashboard-needs-session',
}, async ({ page, site, observe }) => {
  const plain = await site('GET', '/dashboard');
  const cookie = 'session=forged; access_token=eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.; __Host-access=x';
  const forged = await site('GET', '/dashboard', { headers: { cookie } });
  await flow({
    redirectsToSignIn: async () => {
      await page.goto('/dashboard');
      await seeHeading(page, 'Sign in');
    },
  });
  const { pathname, search } = new URL(String(plain.headers.location), page.url());
  observe('status', String(plain.status));
  observe('location', pathname + search);
  observe('forgedCookies', String(forged.status));
  observe('content', /dashboard<\/h1>/i.test(plain.bytes.toString('utf8') + forged.bytes.toString('utf8')));
  expect([plain.status, forged.status]).toEqual([303, 303]);
});
