import type { Page } from 'playwright-core';
import { defineCheck, empty, equals, matches } from '../../harness/engine/index.ts';
import { loginWorks, registrationWorks } from '../authentication/check-fields.ts';
import { login } from '../authentication/requests.ts';
import { allDone, journey, must } from '../kit/journey.ts';
import { frontendCheck, pagesRender } from './check-fields.ts';
import { createAccount, open, seeHeading, signIn } from './pages.ts';

export const registerInBrowser = defineCheck({
  ...frontendCheck,
  id: 'frontend.register-creates-account',
  title: 'A new account opens the dashboard',
  why: 'Every customer registers first. In the assessment the form stayed on its page.',
  severity: 'blocker',
  needs: [pagesRender, registrationWorks],
  remediation: {
    text: 'See the last screenshot and the response to POST /auth/register in the evidence. The frontend’s log has the gateway’s response.',
    effort: 'days',
  },
  expects: { ...allDone('formOpens', 'accountCreated', 'sessionKept'), accountExists: equals(200) },
  run: async (context) => {
    const page = await (await context.browser()).newPage();
    const account = {
      name: 'Ada Lovelace',
      email: `${context.unique('browser')}@readiness.example`,
      password: 'analytical engine 1843',
    };
    context.registersElsewhere(account);
    const results = await journey(
      {
        formOpens: async () => {
          await open(page, `${context.stack.services.frontend}/auth/register`);
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
      context.signal,
    );
    // Only a sign-in through the API proves that the account exists.
    const { status } = await login(context, { ...account, address: context.newAddress() });
    return { ...results, accountExists: status };
  },
});

export const signInInBrowser = defineCheck({
  ...frontendCheck,
  id: 'frontend.sign-in-leads-to-dashboard',
  title: 'A user signs in, sees their own dashboard and signs out',
  why: 'Nobody can use the product without sign-in, and sign-out must end the access.',
  severity: 'blocker',
  weight: 2,
  needs: [pagesRender, loginWorks],
  remediation: {
    text: 'See the screenshots and the response to POST /auth/login. The usual causes are cookies that are not set (wrong Secure or Path) and a wrong GATEWAY_URL.',
    effort: 'days',
  },
  expects: {
    ...allDone('signsIn', 'seesOwnDashboard', 'signsOut', 'isSignedOut'),
    tokensInScripts: empty(),
  },
  run: async ({ account, browser, stack, signal }) => {
    const user = await account();
    const context = await browser();
    const page = await context.newPage();
    const base = stack.services.frontend;
    const tokensInScripts: string[] = [];
    const results = await journey(
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
        isSignedOut: async () => {
          await page.goto(`${base}/dashboard`);
          await seeHeading(page, 'Sign in');
        },
      },
      signal,
    );
    return { ...results, tokensInScripts };
  },
});

export const wrongPasswordInBrowser = defineCheck({
  ...frontendCheck,
  id: 'frontend.wrong-password-shows-alert',
  title: 'The sign-in page reports a wrong password',
  why: 'If the form fails silently, users try again until they are locked out.',
  severity: 'high',
  needs: [pagesRender, 'authentication.login.rejects-wrong-password'],
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
    const results = await journey(
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
    return { ...results, message, passwordShown };
  },
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
