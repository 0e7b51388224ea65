import { atLeast, type CheckContext, defineCheck, empty, equals } from '../../harness/engine/index.ts';
import { loginWorks, registrationWorks } from '../authentication/check-fields.ts';
import {
  everyCallback,
  loginCallback,
  pageCallback,
  registrationCallback,
  shortcutCallback,
} from './callback-breaks.ts';
import { siteCheck } from './check-fields.ts';
import { createVisitor, type Visitor } from './visit/visitor.ts';

const host = 'evil.example';

/** Addresses of another site, as attackers write them so that a check of the text does not see them. */
export const foreignCallbacks: readonly string[] = [
  `https://${host}`,
  `//${host}`,
  `///${host}`,
  `/\\${host}`,
  `\\\\${host}`,
  `\\/${host}`,
  `/\t/${host}`,
  `/\n/${host}`,
  ` //${host}`,
  `https:${host}`,
  `https:/${host}`,
  `HTTPS://${host}`,
  `/.//${host}`,
  `/x/..//${host}`,
  `/%2f${host}`,
  `/%5c${host}`,
  `%2f%2f${host}`,
  `//${host}%2f..`,
  `/dashboard@${host}`,
  `//dashboard@${host}`,
  `http://127.0.0.1@${host}/`,
  'javascript:alert(1)',
  'data:text/html,x',
  `/\u2028/${host}`,
  `/dashboard\r\nlocation: https://${host}`,
];

/** A page of the site to which a visitor wants to return. */
const ownPage = '/account/password';

/** The forms are sent with these; each sends a password, which costs the platform time. */
const sentCallbacks = [
  `//${host}`,
  `/\\${host}`,
  `https:${host}`,
  `/\t/${host}`,
  `/.//${host}`,
  `https://${host}/`,
];

/** Where a redirect leads; a `Location` with control characters is one of another site as well. */
function leak(visitor: Visitor, location: string | undefined, path: string): string | undefined {
  if (location === undefined) return undefined;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: browsers remove them before they read the address.
  if (/[\u0000-\u001f]/.test(location)) return JSON.stringify(location);
  return visitor.leavesSite(location, path);
}

export const callbacksStayOnSite = defineCheck({
  ...siteCheck,
  id: 'frontend.sign-in.returns-to-own-site-only',
  title: 'After signing in, visitors stay on the site',
  failureTitle: 'A link to the sign-in page sends visitors to another site',
  why: 'A link with the name of the platform that ends at a copy of its sign-in page is the usual way to get passwords.',
  severity: 'high',
  standards: ['ASVS 1.2.2', 'ASVS 3.7.2'],
  needs: ['frontend.ready', loginWorks, registrationWorks],
  remediation: {
    text: 'Pass every callbackUrl through safeCallback, on the pages, in the redirects of short paths and again when a form is posted. `leaving` names the request.',
    effort: 'hours',
  },
  expects: {
    tried: atLeast(100, 'requests'),
    leaving: empty(),
    returnsToOwnPage: equals(ownPage),
    formKeepsOwnPage: equals(ownPage),
    signsInWithForeign: equals(sentCallbacks.length),
    registersWithForeign: equals(303),
  },
  breaks: [everyCallback, loginCallback, registrationCallback, pageCallback, shortcutCallback],
  run: async (context) => {
    const user = await context.account();
    const owner = createVisitor(context, { from: user.address });
    const stranger = createVisitor(context);
    const control = await owner.press(
      await owner.open(`/auth/login?callbackUrl=${encodeURIComponent(ownPage)}`),
      'Sign in',
      { email: user.email, password: user.password },
    );
    const leaving: string[] = [];
    let tried = 0;
    for (const callback of foreignCallbacks) {
      const query = `?callbackUrl=${encodeURIComponent(callback)}`;
      for (const [visitor, path] of [
        [owner, '/auth/login'],
        [owner, '/auth/register'],
        [stranger, '/login'],
        [stranger, '/signup'],
      ] as const) {
        const { headers } = await visitor.look(path + query);
        const found = leak(visitor, headers.location, path) ?? leakInQuery(visitor, headers.location, path);
        if (found !== undefined)
          leaving.push(`GET ${path} with ${JSON.stringify(callback)} leads to ${found}`);
        tried += 1;
      }
      const { root } = await stranger.open(`/auth/login${query}`);
      const hidden = root.querySelector('input[name=callbackUrl]')?.getAttribute('value');
      const links = root.querySelectorAll('a[href]').map((link) => link.getAttribute('href') ?? '');
      for (const target of [hidden, ...links]) {
        const found = leak(stranger, target, '/auth/login') ?? leakInQuery(stranger, target, '/auth/login');
        if (found !== undefined)
          leaving.push(`the sign-in page with ${JSON.stringify(callback)} leads to ${found}`);
      }
      tried += 1;
    }
    const signsInWithForeign = await sendForms(context, user, leaving);
    const registersWithForeign = await register(context, leaving);
    const form = await stranger.open(`/auth/login?callbackUrl=${encodeURIComponent(ownPage)}`);
    return {
      tried: tried + sentCallbacks.length + 1,
      leaving,
      returnsToOwnPage: control.path,
      formKeepsOwnPage: form.root.querySelector('input[name=callbackUrl]')?.getAttribute('value') ?? '',
      signsInWithForeign,
      registersWithForeign,
    };
  },
});

/** Short paths lead to the sign-in page and carry the callback in the query. */
function leakInQuery(visitor: Visitor, location: string | undefined, path: string): string | undefined {
  const next = URL.parse(location ?? '', 'http://site.invalid')?.searchParams.get('callbackUrl') ?? undefined;
  return leak(visitor, next, path);
}

/** Posts the form with callbacks that the page would never have. @returns how many visitors were signed in */
async function sendForms(
  context: CheckContext,
  { email, password }: { email: string; password: string },
  leaving: string[],
): Promise<number> {
  let signedIn = 0;
  for (const callbackUrl of sentCallbacks) {
    const status = await postForm(context, leaving, '/auth/login', { callbackUrl, email, password });
    if (status === 303) signedIn += 1;
  }
  return signedIn;
}

/** Registers with a foreign callback. @returns the status */
function register(context: CheckContext, leaving: string[]): Promise<number> {
  const account = {
    email: `${context.unique('callback')}@readiness.example`,
    password: context.canary('password'),
  };
  context.registersElsewhere(account);
  const fields = { callbackUrl: sentCallbacks[0] ?? '', name: 'Readiness callback', ...account };
  return postForm(context, leaving, '/auth/register', fields);
}

/** Sends a form from an address of its own: the limits count per address. */
async function postForm(
  context: CheckContext,
  leaving: string[],
  action: string,
  fields: Readonly<Record<string, string>>,
): Promise<number> {
  const visitor = createVisitor(context);
  const page = await visitor.open(action);
  const csrf = page.root.querySelector('input[name=csrf]')?.getAttribute('value') ?? '';
  const submission = { method: 'POST', action, fields: Object.entries({ csrf, ...fields }) } as const;
  const { status, headers } = await visitor.send(page, submission);
  const found = leak(visitor, headers.location, action);
  if (found !== undefined)
    leaving.push(`POST ${action} with ${JSON.stringify(fields.callbackUrl)} leads to ${found}`);
  return status;
}
