// biome-ignore-all lint/suspicious/noTemplateCurlyInString: lines of the platform's source
import { type Mutant, replacing } from '../mutant.ts';

const pages = 'services/frontend/pages';
const handlers = 'services/frontend/handlers';
const callback = 'services/frontend/session/callback-url.ts';
const policy = ['frontend.headers.every-page-protected'] as const;
const redirects = ['frontend.sign-in.returns-to-own-site-only'] as const;
const formTargets = ['frontend.forms.lead-to-own-site-only'] as const;
const links = ['frontend.links.lead-somewhere'] as const;
const content = ['frontend.content.pages-show-data'] as const;

const bareHeaders =
  "reply.code(200).header('content-type', 'text/html; charset=utf-8').removeHeader('content-security-policy').send";

/** Kind 11: pages that lack protection, links or data. */
export const pageMutants: readonly Mutant[] = [
  {
    id: 'pages.no-policy',
    kind: 11,
    defect: 'No page has a content security policy.',
    changes: [
      replacing(
        `${pages}/page-headers.ts`,
        'reply.code(status).headers(pageHeaders).send(page);',
        "reply.code(status).headers(pageHeaders).removeHeader('content-security-policy').send(page);",
      ),
    ],
    caughtBy: policy,
  },
  {
    id: 'pages.no-policy-on-the-start-page',
    kind: 11,
    defect: 'The start page has no content security policy.',
    changes: [
      replacing(
        `${handlers}/page-handlers.ts`,
        'sendPage(reply, 200, landingPage(site.visitor(raw, reply)));',
        `${bareHeaders}(landingPage(site.visitor(raw, reply)));`,
      ),
    ],
    caughtBy: policy,
  },
  {
    id: 'pages.no-policy-on-the-dashboard',
    kind: 11,
    defect: 'The dashboard has no content security policy.',
    changes: [
      replacing(
        `${handlers}/page-handlers.ts`,
        'sendPage(reply, 200, dashboardPage({ visitor, notice: query.done, ...found }));',
        `${bareHeaders}(dashboardPage({ visitor, notice: query.done, ...found }));`,
      ),
    ],
    caughtBy: policy,
  },
  {
    id: 'pages.inline-scripts-allowed',
    kind: 11,
    defect: 'The policy of the pages allows inline scripts.',
    changes: [
      replacing(
        `${pages}/page-headers.ts`,
        "default-src 'none'; style-src",
        "default-src 'none'; script-src 'unsafe-inline'; style-src",
      ),
    ],
    caughtBy: policy,
  },
  {
    id: 'pages.pages-are-cached',
    kind: 11,
    defect: 'Pages of signed-in users may be kept by shared caches.',
    changes: [
      replacing(
        `${pages}/page-headers.ts`,
        "'cache-control': 'no-store'",
        "'cache-control': 'public, max-age=600'",
      ),
    ],
    caughtBy: policy,
  },
  {
    id: 'pages.session-cookie-readable',
    kind: 11,
    defect: 'Scripts can read the cookies of a session.',
    changes: [replacing('services/frontend/session/cookies.ts', 'httpOnly: true', 'httpOnly: false')],
    caughtBy: policy,
  },
  {
    id: 'pages.redirect-with-two-slashes',
    kind: 11,
    defect: 'After the sign-in, an address that begins with two slashes is followed.',
    changes: [
      replacing(callback, '/^\\/(?![/\\\\])[\\x21-\\x7e]*$/', '/^\\/[\\x21-\\x7e]*$/'),
      replacing(
        callback,
        "if (origin !== base || pathname.startsWith('//')) return startPage;",
        'if (origin !== base) return requested;',
      ),
    ],
    caughtBy: redirects,
  },
  {
    id: 'pages.redirect-with-backslash',
    kind: 11,
    defect: 'After the sign-in, an address that begins with a slash and a backslash is followed.',
    changes: [
      replacing(
        callback,
        "!/^\\/(?![/\\\\])[\\x21-\\x7e]*$/.test(requested) || requested.includes('\\\\')",
        '!/^\\/(?!\\/)/.test(requested)',
      ),
      replacing(
        callback,
        "if (origin !== base || pathname.startsWith('//')) return startPage;",
        'if (origin !== base) return requested;',
      ),
    ],
    caughtBy: redirects,
  },
  {
    id: 'pages.redirect-with-dots',
    kind: 11,
    defect: 'A path that becomes two slashes when its dots are resolved is followed.',
    changes: [replacing(callback, "origin !== base || pathname.startsWith('//')", 'origin !== base')],
    caughtBy: redirects,
  },
  {
    id: 'pages.redirect-of-form',
    kind: 11,
    defect: 'The forms to sign in and to register follow any address that is sent with them.',
    changes: [
      replacing(
        `${handlers}/form-handlers.ts`,
        'reply.redirect(safeCallback(form.callbackUrl), 303);',
        "reply.redirect(form.callbackUrl ?? '/dashboard', 303);",
      ),
    ],
    caughtBy: redirects,
  },
  {
    id: 'pages.redirect-of-who-is-signed-in',
    kind: 11,
    defect: 'The sign-in page sends users who are signed in to any address.',
    changes: [
      replacing(
        `${handlers}/page-handlers.ts`,
        `if (site.sessions.isPresent(raw)) reply.redirect(callback, 303);
      else sendPage(reply, 200, signInPage`,
        `if (site.sessions.isPresent(raw)) reply.redirect(query.callbackUrl ?? callback, 303);
      else sendPage(reply, 200, signInPage`,
      ),
    ],
    caughtBy: redirects,
  },
  {
    id: 'pages.redirect-of-sign-out',
    kind: 11,
    defect: 'Signing out leads to any address that is sent with the form.',
    changes: [
      replacing(
        `${handlers}/form-handlers.ts`,
        "reply.redirect('/auth/login', 303);",
        "reply.redirect(form.callbackUrl ?? '/auth/login', 303);",
      ),
    ],
    caughtBy: formTargets,
  },
  {
    id: 'pages.redirect-of-mail-forms',
    kind: 11,
    defect: 'The forms behind links of mails lead to any address that is sent with them.',
    changes: [
      replacing(
        `${handlers}/recovery-handlers.ts`,
        'reply.redirect(`/auth/done?what=${done}`, 303);',
        'reply.redirect(sent.callbackUrl ?? `/auth/done?what=${done}`, 303);',
      ),
    ],
    caughtBy: formTargets,
  },
  {
    id: 'pages.redirect-of-forgotten-password',
    kind: 11,
    defect: 'The form for a forgotten password leads to any address that is sent with it.',
    changes: [
      replacing(
        `${handlers}/recovery-handlers.ts`,
        "reply.redirect('/auth/done?what=reset-requested', 303);",
        "reply.redirect(form.next ?? '/auth/done?what=reset-requested', 303);",
      ),
    ],
    caughtBy: formTargets,
  },
  {
    id: 'pages.broken-link-to-keys',
    kind: 11,
    defect: 'The link to the API keys leads nowhere.',
    changes: [replacing(`${pages}/dashboard.ts`, 'href="/account/tokens"', 'href="/account/keys"')],
    caughtBy: links,
  },
  {
    id: 'pages.broken-link-to-reset',
    kind: 11,
    defect: 'The link for a forgotten password leads nowhere.',
    changes: [
      replacing(`${pages}/account/sign-in.ts`, 'href="/auth/forgot-password"', 'href="/auth/forgot"'),
    ],
    caughtBy: links,
  },
  {
    id: 'pages.dead-button',
    kind: 11,
    defect: 'The button that ends a session posts to a path that does not exist.',
    changes: [replacing(`${pages}/dashboard.ts`, 'action="/account/sessions"', 'action="/account/session"')],
    caughtBy: links,
  },
  {
    id: 'pages.workspaces-empty',
    kind: 11,
    defect: 'The card of the workspaces is always empty.',
    changes: [
      replacing(`${pages}/dashboard.ts`, '(workspaces ?? []).map(', '(workspaces ?? []).slice(0, 0).map('),
    ],
    caughtBy: content,
  },
  {
    id: 'pages.sessions-empty',
    kind: 11,
    defect: 'The card of the sessions is always empty.',
    changes: [
      replacing(`${pages}/dashboard.ts`, '(sessions ?? []).map(', '(sessions ?? []).slice(0, 0).map('),
    ],
    caughtBy: content,
  },
  {
    id: 'pages.only-first-member',
    kind: 11,
    defect: 'The page of the members shows only the first one.',
    changes: [
      replacing(
        `${pages}/members.ts`,
        'members.map((one) => memberRow(one, view))',
        'members.slice(0, 1).map((one) => memberRow(one, view))',
      ),
    ],
    caughtBy: content,
  },
  {
    id: 'pages.wrong-email',
    kind: 11,
    defect: 'The dashboard shows the name in the place of the email address.',
    changes: [replacing(`${pages}/dashboard.ts`, '<dd>${user.email}</dd>', '<dd>${user.name}</dd>')],
    caughtBy: content,
  },
  {
    id: 'pages.wrong-day',
    kind: 11,
    defect: 'The dashboard shows the day of today as the day of the registration of everybody.',
    changes: [replacing(`${pages}/dashboard.ts`, 'day(user.created_at)', "day('2020-01-01T00:00:00Z')")],
    caughtBy: content,
  },
  {
    id: 'pages.style-sheet-missing',
    kind: 11,
    defect: 'Pages name a style sheet that does not exist.',
    changes: [replacing(`${pages}/layout.ts`, 'href=${stylesheetPath}', 'href="/assets/style.css"')],
    caughtBy: ['frontend.pages-render'],
  },
  {
    id: 'pages.label-missing',
    kind: 11,
    defect: 'Fields of forms have no label that programs can read.',
    changes: [replacing(`${pages}/form-fields.ts`, '<label for=${field.name}>', '<label>')],
    // A check that looks for a field by its label finds none, already on its way to the other pages.
    caughtBy: ['frontend.pages-render', 'frontend.accessibility.no-violations'],
  },
  {
    id: 'pages.text-too-pale',
    kind: 11,
    defect: 'Secondary text is too pale to read.',
    changes: [
      replacing(`${pages}/stylesheet.ts`, '--soft: light-dark(#565d6b,', '--soft: light-dark(#a9afba,'),
    ],
    caughtBy: ['frontend.accessibility.no-violations'],
  },
  {
    id: 'pages.forms-without-token',
    kind: 11,
    defect: 'Forms are accepted with any token.',
    changes: [
      replacing(
        'services/frontend/session/csrf.ts',
        "tokens.verify(cookies.read(request, 'csrf') ?? '', token)",
        "tokens.verify(cookies.read(request, 'csrf') ?? '', token) || token !== ''",
      ),
    ],
    caughtBy: ['frontend.forms.reject-other-sites'],
  },
];
