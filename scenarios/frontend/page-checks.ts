import type { Page } from 'playwright-core';
import { atLeast, defineCheck, empty, equals, matches } from '../../harness/engine/index.ts';
import { frontend } from '../../platform/contracts/frontend/contract.ts';
import { allDone, journey } from '../kit/journey.ts';
import { expectResponse, observeResponse } from '../kit/response.ts';
import { textAt } from '../kit/shape.ts';
import { frontendCheck, pagesRender } from './check-fields.ts';
import { errorsOf, open, seeHeading } from './pages.ts';

export const frontendHealth = defineCheck({
  ...frontendCheck,
  id: 'frontend.health',
  title: 'The frontend reports its health with the current time',
  why: 'The assessment found nothing on port 3000. Deployments read this route before they continue.',
  severity: 'high',
  needs: ['frontend.ready'],
  services: ['frontend'],
  requires: [],
  remediation: {
    text: 'Serve GET /api/health as the contract declares it, with the current time.',
    effort: 'hours',
  },
  expects: { ...expectResponse(200, 'frontend'), currentTime: equals(true) },
  run: async ({ http }) => {
    const response = await http.request('frontend', '/api/health');
    const reported = Date.parse(textAt(response.json, 'timestamp'));
    return {
      ...observeResponse(response, frontend.routes.siteHealth.success.schema),
      currentTime: Math.abs(Date.now() - reported) < 60_000,
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
  title: 'Pages render with styles and no console errors',
  why: 'The assessed frontend returned an error page with status 500. A page whose style or script is missing still returns 200.',
  severity: 'blocker',
  weight: 2,
  needs: ['frontend.ready'],
  services: ['frontend'],
  remediation: {
    text: 'Open the page in a browser with the developer tools and read the errors in its console and network panels. The evidence has a screenshot of each page.',
    effort: 'days',
  },
  expects: {
    ...allDone('landing', 'signIn', 'register'),
    styleRules: atLeast(5, 'rules'),
    language: matches(/^[a-z]{2}/),
    errors: empty(),
  },
  run: async ({ browser, stack, signal }) => {
    const context = await browser();
    const errors = errorsOf(context);
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
    const results = await journey(
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
    return { ...results, styleRules: Number.isFinite(styleRules) ? styleRules : 0, language, errors };
  },
});

export const dashboardGuarded = defineCheck({
  ...frontendCheck,
  id: 'frontend.dashboard-needs-session',
  title: 'The dashboard redirects visitors without a session',
  failureTitle: 'The dashboard is shown without a valid session',
  standards: ['ASVS 7.2.1', 'API2'],
  why: 'A page that renders before it checks the session shows data to strangers for a moment.',
  severity: 'high',
  needs: [pagesRender],
  services: ['frontend'],
  remediation: {
    text: 'Without a valid session, redirect with 3xx to /auth/login?callbackUrl=/dashboard on the server, without any page content.',
    effort: 'hours',
  },
  expects: {
    ...allDone('redirectsToSignIn'),
    status: matches(/^30[237]$/),
    location: matches(/^\/auth\/login\?callbackUrl=(%2F|\/)dashboard$/),
    forgedCookies: matches(/^30[237]$/),
    content: equals(false),
  },
  run: async ({ browser, stack, signal, http }) => {
    const response = await http.request('frontend', '/dashboard');
    const forged = await http.request('frontend', '/dashboard', {
      headers: {
        cookie: 'session=forged; access_token=eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.; __Host-access=x',
      },
    });
    const context = await browser();
    const page = await context.newPage();
    const results = await journey(
      {
        redirectsToSignIn: async () => {
          await page.goto(`${stack.services.frontend}/dashboard`);
          await seeHeading(page, 'Sign in');
        },
      },
      signal,
    );
    return {
      ...results,
      status: String(response.status),
      location: (response.headers.location ?? '').replace(stack.services.frontend, ''),
      forgedCookies: String(forged.status),
      content: /dashboard<\/h1>/i.test(response.text + forged.text),
    };
  },
});

/** The number of rules in all loaded style sheets. */
function countStyleRules(page: Page): Promise<number> {
  return page.evaluate(() =>
    [...document.styleSheets].reduce((sum, sheet) => sum + sheet.cssRules.length, 0),
  );
}
