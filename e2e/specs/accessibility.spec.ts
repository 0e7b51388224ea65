import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { succeeded, textIn } from '../fixtures/api.ts';
import { expect, test } from '../fixtures/test.ts';
import { open } from '../flow.ts';

const standards = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
const signedOut = ['/', '/auth/login', '/auth/register', '/auth/forgot-password'];
const signedIn = [
  '/dashboard',
  '/account/password',
  '/account/email',
  '/account/tokens',
  '/account/export',
  '/admin/users',
];

async function violations(page: Page, path: string): Promise<string[]> {
  await open(page, path);
  const { violations: found } = await new AxeBuilder({ page })
    // What passes is not described: that takes axe as long as the rules.
    .options({ resultTypes: ['violations'] })
    .withTags(standards)
    // The legacy mode needs no second page.
    .setLegacyMode()
    .analyze();
  return found.map(
    ({ id, nodes }) =>
      `${path}: ${id} at ${nodes
        .map(({ target }) => target.join(' '))
        .join(', ')
        .slice(0, 200)}`,
  );
}

test('No page breaks the WCAG 2.2 rules that axe measures', {
  tag: '@frontend.accessibility.no-violations',
}, async ({ page, api, person, signInAs, observe }) => {
  const made = await api('POST', '/api/workspaces', { token: person.token, body: { name: 'Soil samples' } });
  const workspace = textIn(succeeded(made, 'The workspace').json, 'id');
  const paths = [...signedIn, `/workspaces/${workspace}/members`];
  const found: string[] = [];
  for (const path of signedOut) found.push(...(await violations(page, path)));
  await signInAs(person);
  for (const path of paths) found.push(...(await violations(page, path)));
  await page.emulateMedia({ colorScheme: 'dark' });
  found.push(...(await violations(page, '/dashboard')).map((one) => `${one} (dark)`));
  observe('pages', signedOut.length + paths.length);
  observe('violations', found);
  expect(found).toEqual([]);
});
