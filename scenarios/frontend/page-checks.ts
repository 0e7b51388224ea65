import type { Page } from 'playwright-core';
import { atLeast, defineCheck, empty, equals, matches } from '../../harness/engine/index.ts';
import { frontend } from '../../platform/contracts/frontend/contract.ts';
import { allDone, journey } from '../kit/journey.ts';
import { answerIn, answers } from '../kit/response.ts';
import { frontendCheck, pagesRender } from './check-fields.ts';
import { complaintsOf, open, seeHeading } from './pages.ts';

export const frontendHealth = defineCheck({
  ...frontendCheck,
  id: 'frontend.health',
  title: 'The frontend says that it runs, and since when is now',
  why: 'The assessment found nothing on port 3000; deployments ask this address whether to go on.',
  severity: 'high',
  needs: ['frontend.ready'],
  services: ['frontend'],
  requires: [],
  remediation: {
    text: 'Serve GET /api/health as the contract declares it, with the present time.',
    effort: 'hours',
  },
  expects: { ...answers(200, 'frontend'), now: equals(true) },
  run: async ({ http }) => {
    const answer = await http.request('frontend', '/api/health');
    const said = Date.parse((answer.json as { timestamp?: string } | undefined)?.timestamp ?? '');
    return {
      ...answerIn(answer, frontend.routes.siteHealth.success.schema),
      now: Math.abs(Date.now() - said) < 60_000,
    };
  },
});

const pages = [
  { path: '/auth/login', heading: 'Sign in', labels: ['Email', 'Password'], button: 'Sign in' },
  {
    path: '/auth/register',
    heading: 'Create your account',
    labels: ['Name', 'Email', 'Password'],
    button: 'Create account',
  },
] as const;

export const pagesRenderInBrowser = defineCheck({
  ...frontendCheck,
  id: pagesRender,
  title: 'The pages appear in a browser, styled and without complaint',
  why: 'The assessed frontend answered an error page with status 500; and a page whose style or script is missing still answers 200.',
  severity: 'blocker',
  weight: 2,
  needs: ['frontend.ready'],
  services: ['frontend'],
  remediation: {
    text: 'Open the page in a browser with the developer tools: the complaints are in its console and network panels. The evidence holds a picture of each page.',
    effort: 'days',
  },
  expects: {
    ...allDone('landing', 'signIn', 'register'),
    styleRules: atLeast(5, 'rules'),
    language: matches(/^[a-z]{2}/),
    complaints: empty(),
  },
  run: async ({ browser, stack, signal }) => {
    const context = await browser();
    const complaints = complaintsOf(context);
    const page = await context.newPage();
    const base = stack.services.frontend;
    let styleRules = Number.POSITIVE_INFINITY;
    let language = '';
    const see = async (index: 0 | 1): Promise<void> => {
      const { path, heading, labels, button } = pages[index];
      await open(page, base + path);
      await seeHeading(page, heading);
      for (const label of labels) await page.getByLabel(label, { exact: true }).waitFor();
      await page.getByRole('button', { name: button, exact: true }).waitFor();
      styleRules = Math.min(styleRules, await countStyleRules(page));
      language = (await page.locator('html').getAttribute('lang')) ?? '';
    };
    const outcomes = await journey(
      {
        landing: async () => {
          await open(page, `${base}/`);
          await page.getByRole('heading', { level: 1 }).waitFor();
        },
        signIn: () => see(0),
        register: () => see(1),
      },
      signal,
    );
    return { ...outcomes, styleRules: Number.isFinite(styleRules) ? styleRules : 0, language, complaints };
  },
});

export const dashboardGuarded = defineCheck({
  ...frontendCheck,
  id: 'frontend.dashboard-needs-session',
  title: 'The dashboard is for signed-in users, and comes after signing in',
  why: 'A page that renders first and asks later shows data to strangers for a moment; moments suffice.',
  severity: 'high',
  needs: [pagesRender],
  services: ['frontend'],
  remediation: {
    text: 'Answer 3xx to /auth/login?callbackUrl=/dashboard from the server when there is no valid session, without any of the page.',
    effort: 'hours',
  },
  expects: {
    ...allDone('sentToSignIn'),
    status: matches(/^30[237]$/),
    location: matches(/^\/auth\/login\?callbackUrl=(%2F|\/)dashboard$/),
    forgedCookies: matches(/^30[237]$/),
    content: equals(false),
  },
  run: async ({ browser, stack, signal, http }) => {
    const answer = await http.request('frontend', '/dashboard');
    const forged = await http.request('frontend', '/dashboard', {
      headers: {
        cookie: 'session=forged; access_token=eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.; __Host-access=x',
      },
    });
    const context = await browser();
    const page = await context.newPage();
    const outcomes = await journey(
      {
        sentToSignIn: async () => {
          await page.goto(`${stack.services.frontend}/dashboard`);
          await seeHeading(page, 'Sign in');
        },
      },
      signal,
    );
    return {
      ...outcomes,
      status: String(answer.status),
      location: (answer.headers.location ?? '').replace(stack.services.frontend, ''),
      forgedCookies: String(forged.status),
      content: /dashboard<\/h1>/i.test(answer.text + forged.text),
    };
  },
});

/** Rules of all style sheets that really arrived. */
function countStyleRules(page: Page): Promise<number> {
  return page.evaluate(() =>
    [...document.styleSheets].reduce((sum, sheet) => sum + sheet.cssRules.length, 0),
  );
}
