import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures/test.ts';
import { open } from '../flow.ts';

const signedOut = ['/', '/auth/login', '/auth/register', '/auth/forgot-password'];
const signedIn = [
  '/dashboard',
  '/account/password',
  '/account/email',
  '/account/tokens',
  '/account/export',
  '/admin/users',
];

/** Minimum size of what a finger must hit, CSS pixels (WCAG 2.5.8). */
const minimumTarget = 24;

/** What does not fit on the screen, and controls that are too small for a finger. */
function unfit(page: Page): Promise<string[]> {
  return page.evaluate((minimum) => {
    const found: string[] = [];
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth > clientWidth) found.push(`is ${scrollWidth} px wide on a screen of ${clientWidth} px`);
    for (const control of document.querySelectorAll(
      'button, select, input:not([type=hidden]):not([hidden]):not([type=checkbox])',
    )) {
      const { width, height } = control.getBoundingClientRect();
      const name = control.getAttribute('aria-label') ?? control.textContent ?? control.getAttribute('name');
      if (width > 0 && Math.min(width, height) < minimum)
        found.push(`${name?.trim()} is ${Math.round(width)} × ${Math.round(height)} px`);
    }
    return found;
  }, minimumTarget);
}

test('Every page fits on the screen of a phone', { tag: '@frontend.phone.pages-fit' }, async ({
  page,
  tenant,
  signInAs,
  observe,
}) => {
  const problems: string[] = [];
  const look = async (path: string): Promise<void> => {
    await open(page, path);
    problems.push(...(await unfit(page)).map((problem) => `${path}: ${problem}`));
  };
  for (const path of signedOut) await look(path);
  await signInAs(tenant);
  for (const path of signedIn) await look(path);
  await page.getByRole('link', { name: 'Dashboard' }).tap();
  await expect(page).toHaveURL(/\/dashboard$/);
  observe('pages', signedOut.length + signedIn.length);
  observe('problems', problems);
  expect(problems).toEqual([]);
});
