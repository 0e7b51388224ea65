import type { Page } from '@playwright/test';
import { expect, test } from './fixtures/test.ts';

/** Runs named steps in order; the first failure ends the test. Each step is an expectation of the check. */
export async function flow(steps: Readonly<Record<string, () => Promise<unknown>>>): Promise<void> {
  for (const [name, step] of Object.entries(steps)) await test.step(name, step);
}

/** Opens a page of the site. */
export async function open(page: Page, path: string): Promise<void> {
  const response = await page.goto(path);
  expect(response?.status(), `status of ${path}`).toBe(200);
}

/** Waits until the page's main heading has exactly this text. */
export async function seeHeading(page: Page, name: string): Promise<void> {
  await expect(page.getByRole('heading', { level: 1, name, exact: true })).toBeVisible();
}

export async function signIn(
  page: Page,
  { email, password }: { email: string; password: string },
): Promise<void> {
  await page.getByLabel('Email', { exact: true }).fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

export async function createAccount(
  page: Page,
  { email, password, name }: { email: string; password: string; name: string },
): Promise<void> {
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByLabel('Email', { exact: true }).fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Create account', exact: true }).click();
}
