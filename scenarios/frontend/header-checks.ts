import { atLeast, defineCheck, empty } from '../../harness/engine/index.ts';
import { loginWorks } from '../authentication/check-fields.ts';
import { sendAs } from '../kit/send-as.ts';
import { defaultWorkspace } from '../security/administration/tenant-members.ts';
import { siteCheck } from './check-fields.ts';
import {
  cookieReadable,
  crossSiteForms,
  headersDropped,
  pagesEmpty,
  policyDropped,
  policyWidened,
  styleMissing,
  tokensIgnored,
} from './header-breaks.ts';
import { cookieProblems, headerProblems, policyProblems } from './visit/page-policy.ts';
import { formPaths, inWorkspace, pagePaths } from './visit/site-pages.ts';
import { createVisitor, signInAtSite } from './visit/visitor.ts';

/** Paths that show an error page. */
const errorPaths = ['/no-such-page', '/auth/done?what=nothing', '/workspaces/no-uuid/members'] as const;

export const everyPageHasPolicy = defineCheck({
  ...siteCheck,
  id: 'frontend.headers.every-page-protected',
  title: 'Every page has a strict policy and protected cookies',
  failureTitle: 'A page or a cookie lacks the protection that browsers need',
  why: 'One page without a content security policy is enough to run injected scripts. Error pages and pages of signed-in users are forgotten most often.',
  severity: 'high',
  standards: [
    'ASVS 3.4.3',
    'ASVS 3.4.4',
    'ASVS 3.4.5',
    'ASVS 3.4.6',
    'ASVS 3.3.1',
    'ASVS 3.3.2',
    'ASVS 3.3.4',
    'API8',
  ],
  needs: ['frontend.ready', loginWorks],
  remediation: {
    text: 'Send every page through sendPage, which sets pageHeaders, and set every cookie with HttpOnly, SameSite, Secure and the __Host- prefix. The observations name page and header.',
    effort: 'hours',
  },
  expects: {
    pages: atLeast(30, 'pages'),
    notShown: empty(),
    policy: empty(),
    headers: empty(),
    cookies: empty(),
    assets: empty(),
  },
  breaks: [policyDropped, policyWidened, headersDropped, cookieReadable, styleMissing, pagesEmpty],
  run: async (context) => {
    const user = await context.account();
    const workspaceId = await defaultWorkspace(sendAs(context, user));
    const stranger = createVisitor(context);
    const owner = createVisitor(context, { from: user.address });
    await signInAtSite(owner, user);
    const seen = { pages: 0, notShown: [] as string[], policy: [] as string[], headers: [] as string[] };
    for (const [who, visitor] of [
      ['signed out', stranger],
      ['signed in', owner],
    ] as const) {
      for (const path of [...pagePaths(workspaceId), ...errorPaths]) {
        const { status, headers, text } = await visitor.look(path);
        const where = `${path} (${who})`;
        // Without a session, many pages lead to the sign-in page, which is in the list.
        if (status >= 300 && status < 400) continue;
        seen.pages += 1;
        if (!text.includes('</h1>')) seen.notShown.push(`${where}: ${status} without a heading`);
        seen.policy.push(...policyProblems(headers).map((problem) => `${where}: ${problem}`));
        seen.headers.push(...headerProblems(headers).map((problem) => `${where}: ${problem}`));
      }
    }
    const secureSite = context.stack.services.frontend.startsWith('https:');
    const cookies = [...stranger.setCookies, ...owner.setCookies].flatMap((line) =>
      cookieProblems(line, { secureSite }),
    );
    return { ...seen, cookies: [...new Set(cookies)], assets: await assetProblems(owner) };
  },
});

/** The style sheet and the icon: a browser must not guess their type. */
async function assetProblems(visitor: ReturnType<typeof createVisitor>): Promise<string[]> {
  const { root } = await visitor.open('/');
  const paths = root.querySelectorAll('link[href]').map((link) => link.getAttribute('href') ?? '');
  const problems: string[] = paths.length < 2 ? ['the page names no style sheet or no icon'] : [];
  for (const path of paths) {
    const { status, headers } = await visitor.look(path);
    if (status !== 200) problems.push(`${path}: ${status}`);
    if (headers['x-content-type-options'] !== 'nosniff') problems.push(`${path}: no x-content-type-options`);
  }
  return problems;
}

export const formsRejectOtherSites = defineCheck({
  ...siteCheck,
  id: 'frontend.forms.reject-other-sites',
  title: 'No form works from another site or without its token',
  failureTitle: 'A form changes something although another site has sent it',
  why: 'Browsers send cookies with forms. Without these checks any web page can act for a signed-in visitor.',
  severity: 'high',
  standards: ['ASVS 3.5.1', 'ASVS 3.5.3'],
  needs: ['frontend.ready', loginWorks],
  remediation: {
    text: 'Call csrf.assertOwnPage and csrf.isValid first in every handler of a form. `accepted` names the form and what was sent.',
    effort: 'hours',
  },
  expects: { forms: atLeast(15, 'forms'), accepted: empty() },
  breaks: [crossSiteForms, tokensIgnored],
  run: async (context) => {
    const user = await context.account();
    const workspaceId = await defaultWorkspace(sendAs(context, user));
    const visitor = createVisitor(context, { from: user.address });
    const page = await signInAtSite(visitor, user);
    const csrf = page.root.querySelector('input[name=csrf]')?.getAttribute('value') ?? '';
    const accepted: string[] = [];
    for (const declared of formPaths) {
      const action = inWorkspace(declared, workspaceId);
      for (const [what, token, headers] of [
        ['with a forged token', `${csrf.slice(0, -4)}AAAA`, {}],
        ['without a token', '', {}],
        ['from another site', csrf, { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }],
        ['from another origin', csrf, { 'sec-fetch-site': undefined, origin: 'https://evil.example' }],
      ] as const) {
        const fields = [['csrf', token]] as const;
        const { status, headers: got } = await visitor.send(
          page,
          { method: 'POST', action, fields },
          headers,
        );
        if (status < 400) accepted.push(`${declared} ${what}: ${status} ${got.location ?? ''}`.trim());
      }
    }
    return { forms: formPaths.length, accepted };
  },
});
