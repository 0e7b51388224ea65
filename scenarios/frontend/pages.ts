import type { BrowserContext, Page } from 'playwright-core';
import { must } from '../kit/journey.ts';

export interface Credentials {
  email: string;
  password: string;
}

/** Opens a page. @throws Error unless the server responds with 2xx. */
export async function open(page: Page, url: string): Promise<void> {
  const response = await page.goto(url);
  must(response?.ok() === true, `${url} returned ${response?.status() ?? 'no response'}`);
}

/** Waits until the page's main heading has exactly this text. */
export async function seeHeading(page: Page, name: string): Promise<void> {
  await page.getByRole('heading', { level: 1, name, exact: true }).waitFor();
}

export async function signIn(page: Page, { email, password }: Credentials): Promise<void> {
  await page.getByLabel('Email', { exact: true }).fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

export async function createAccount(
  page: Page,
  { email, password, name }: Credentials & { name: string },
): Promise<void> {
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByLabel('Email', { exact: true }).fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Create account', exact: true }).click();
}

/** A list that collects console errors, script errors and failed requests of a context, from now on. */
export function errorsOf(context: BrowserContext): string[] {
  const errors: string[] = [];
  context.on('console', (message) => {
    if (message.type() === 'error') errors.push(`console: ${message.text()}`);
  });
  context.on('weberror', (error) => errors.push(`script: ${error.error().message}`));
  context.on('requestfailed', (request) => errors.push(`${request.url()}: ${request.failure()?.errorText}`));
  context.on('response', (response) => {
    if (response.status() >= 500) errors.push(`${response.url()}: ${response.status()}`);
  });
  return errors;
}
