import { atLeast, defineCheck, empty, equals, matches } from '../../harness/engine/index.ts';
import { frontend } from '../../platform/contracts/frontend/contract.ts';
import { allDone } from '../kit/journey.ts';
import { expectResponse, observeResponse } from '../kit/response.ts';
import { textAt } from '../kit/shape.ts';
import { dashboardOpen, healthStuck, imageMissing, stylesMissing } from './browser-breaks.ts';
import { defineBrowserCheck } from './browser-check.ts';
import { frontendCheck, pagesRender } from './check-fields.ts';

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
  breaks: [healthStuck],
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

export const pagesRenderInBrowser = defineBrowserCheck({
  ...frontendCheck,
  id: pagesRender,
  title: 'Pages render with styles and no console errors',
  failureTitle: 'A page does not render, or its parts cannot be found by their names',
  why: 'The assessed frontend returned an error page with status 500. A page whose style or script is missing still returns 200.',
  severity: 'blocker',
  weight: 2,
  needs: ['frontend.ready'],
  services: ['frontend'],
  remediation: {
    text: 'Open the page in a browser with the developer tools and read the errors in its console and network panels. The evidence has a screenshot of each page.',
    effort: 'days',
  },
  breaks: [stylesMissing, imageMissing],
  expects: {
    ...allDone('landing', 'signIn', 'register'),
    styleRules: atLeast(5, 'rules'),
    language: matches(/^[a-z]{2}/),
    errors: empty(),
  },
});

export const dashboardGuarded = defineBrowserCheck({
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
  breaks: [dashboardOpen],
  expects: {
    ...allDone('redirectsToSignIn'),
    status: matches(/^30[237]$/),
    location: matches(/^\/auth\/login\?callbackUrl=(%2F|\/)dashboard$/),
    forgedCookies: matches(/^30[237]$/),
    content: equals(false),
  },
});
