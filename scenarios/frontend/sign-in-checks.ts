import type { Page } from 'playwright-core';
import { defineCheck, empty, equals, matches } from '../../harness/engine/index.ts';
import { registrationWorks } from '../authentication/check-fields.ts';
import { allDone, journey, must } from '../kit/journey.ts';
import { frontendCheck, pagesRender } from './check-fields.ts';
import { createAccount, open, seeHeading, signIn } from './pages.ts';

export const registerInBrowser = defineCheck({
  ...frontendCheck,
  id: 'frontend.register-creates-account',
  title: 'A visitor can create an account and lands on the dashboard',
  why: 'This is the first thing any customer does; a form that stays on its page was one of the recorded failures.',
  severity: 'blocker',
  needs: [pagesRender, registrationWorks],
  remediation: {
    text: 'Look at the last picture and at the answer to POST /auth/register in the evidence; the frontend’s log has the gateway’s answer.',
    effort: 'days',
  },
  expects: { ...allDone('formOpens', 'accountCreated', 'sessionKept'), accountExists: equals(200) },
  run: async ({ browser, stack, signal, unique, http, newAddress }) => {
    const context = await browser();
    const page = await context.newPage();
    const account = {
      name: 'Ada Lovelace',
      email: `${unique('browser')}@readiness.example`,
      password: 'analytical engine 1843',
    };
    const outcomes = await journey(
      {
        formOpens: async () => {
          await open(page, `${stack.services.frontend}/auth/register`);
          await seeHeading(page, 'Create your account');
        },
        accountCreated: async () => {
          await createAccount(page, account);
          await seeHeading(page, 'Dashboard');
          must(new URL(page.url()).pathname === '/dashboard', `ended at ${page.url()}`);
          await page.getByText(account.email).first().waitFor();
        },
        sessionKept: async () => {
          await page.reload();
          await seeHeading(page, 'Dashboard');
        },
      },
      signal,
    );
    // The page may say anything; whether there is an account, only signing in elsewhere shows.
    const login = await http.request('gateway', '/api/auth/login', {
      method: 'POST',
      body: { email: account.email, password: account.password },
      from: newAddress(),
    });
    return { ...outcomes, accountExists: login.status };
  },
});

export const signInInBrowser = defineCheck({
  ...frontendCheck,
  id: 'frontend.sign-in-leads-to-dashboard',
  title: 'A user can sign in, sees the own dashboard, and can sign out',
  why: 'Without it the product cannot be used at all; signing out has to close the door again.',
  severity: 'blocker',
  weight: 2,
  needs: [pagesRender, 'auth.login.valid-accepted'],
  remediation: {
    text: 'Look at the pictures and at the answer to POST /auth/login: cookies that are not set (wrong Secure or Path) and a wrong GATEWAY_URL are the usual causes.',
    effort: 'days',
  },
  expects: {
    ...allDone('signsIn', 'seesOwnDashboard', 'signsOut', 'isOutAfterwards'),
    tokensInScripts: empty(),
  },
  run: async ({ account, browser, stack, signal }) => {
    const user = await account();
    const context = await browser();
    const page = await context.newPage();
    const base = stack.services.frontend;
    const tokensInScripts: string[] = [];
    const outcomes = await journey(
      {
        signsIn: async () => {
          await open(page, `${base}/auth/login`);
          await signIn(page, user);
          await seeHeading(page, 'Dashboard');
        },
        seesOwnDashboard: async () => {
          await page.getByText(user.email).first().waitFor();
          tokensInScripts.push(...(await tokensVisibleToScripts(page)));
        },
        signsOut: async () => {
          await page.getByRole('button', { name: 'Sign out', exact: true }).click();
          await seeHeading(page, 'Sign in');
        },
        isOutAfterwards: async () => {
          await page.goto(`${base}/dashboard`);
          await seeHeading(page, 'Sign in');
        },
      },
      signal,
    );
    return { ...outcomes, tokensInScripts };
  },
});

export const wrongPasswordInBrowser = defineCheck({
  ...frontendCheck,
  id: 'frontend.wrong-password-shows-alert',
  title: 'A wrong password is told on the page, and leads nowhere',
  why: 'A form that fails in silence makes people try again and again until they are locked out.',
  severity: 'high',
  needs: [pagesRender, 'auth.login.wrong-password-refused'],
  remediation: {
    text: 'Render the sign-in page again with status 401 and the problem in an element with role="alert".',
    effort: 'hours',
  },
  expects: {
    ...allDone('formOpens', 'problemShown', 'stillGuarded'),
    message: matches(/\w{3}/),
    passwordShown: equals(false),
  },
  run: async ({ account, browser, stack, signal }) => {
    const user = await account();
    const context = await browser();
    const page = await context.newPage();
    const base = stack.services.frontend;
    let message = '';
    let passwordShown = false;
    const outcomes = await journey(
      {
        formOpens: () => open(page, `${base}/auth/login`),
        problemShown: async () => {
          await signIn(page, { email: user.email, password: 'not the password' });
          const alert = page.getByRole('alert');
          await alert.waitFor();
          message = (await alert.textContent())?.trim() ?? '';
          await seeHeading(page, 'Sign in');
          passwordShown = (await page.content()).includes('not the password');
        },
        stillGuarded: async () => {
          await page.goto(`${base}/dashboard`);
          await seeHeading(page, 'Sign in');
        },
      },
      signal,
    );
    return { ...outcomes, message, passwordShown };
  },
});

/** Places where a script of the page could read a token. */
async function tokensVisibleToScripts(page: Page): Promise<string[]> {
  const places = await page.evaluate(() => ({
    cookies: document.cookie,
    localStorage: JSON.stringify({ ...localStorage }),
    sessionStorage: JSON.stringify({ ...sessionStorage }),
    page: document.documentElement.outerHTML,
  }));
  return Object.entries(places)
    .filter(([, text]) => /eyJ[\w-]+\.[\w-]+\./.test(text))
    .map(([place]) => place);
}
