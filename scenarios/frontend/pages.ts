import type { BrowserContext, Page, Response } from 'playwright-core';
import { must } from '../kit/journey.ts';

export interface Credentials {
  email: string;
  password: string;
}

/** Opens a page and fails when the server refuses it. */
export async function open(page: Page, url: string): Promise<Response> {
  const response = await page.goto(url);
  must(response !== null, `${url} gave no answer`);
  const answer = response as Response;
  must(answer.ok(), `${url} answered ${answer.status()}`);
  return answer;
}

/** Waits until the page's main heading reads exactly so. */
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

/** Collects what the pages of a context complain about, from now on. */
export function complaintsOf(context: BrowserContext): string[] {
  const complaints: string[] = [];
  context.on('console', (message) => {
    if (message.type() === 'error') complaints.push(`console: ${message.text()}`);
  });
  context.on('weberror', (error) => complaints.push(`script: ${error.error().message}`));
  context.on('requestfailed', (request) =>
    complaints.push(`${request.url()}: ${request.failure()?.errorText}`),
  );
  context.on('response', (response) => {
    if (response.status() >= 500) complaints.push(`${response.url()}: ${response.status()}`);
  });
  return complaints;
}
