import type { Break } from '../../harness/engine/index.ts';
import { headerChange, pageChange } from './visit/site-breaks.ts';

export const stylesMissing: Break = {
  defect: 'The style sheet is empty.',
  changes: [
    {
      kind: 'exchange',
      service: 'frontend',
      path: /^\/assets\/.*css/,
      response: () => ({ body: Buffer.from('') }),
    },
  ],
  violates: ['styleRules'],
};

export const imageMissing: Break = {
  defect: 'The sign-in page names an image that does not exist.',
  changes: [
    pageChange(/^\/auth\/login/, (html) =>
      html.replace('</main>', '<img src="/assets/no.svg" alt="" /></main>'),
    ),
  ],
  violates: ['errors', 'unexpected'],
};

export const healthStuck: Break = {
  defect: 'The health of the frontend has the time of its start.',
  changes: [
    {
      kind: 'exchange',
      service: 'frontend',
      path: /^\/api\/health/,
      response: ({ body }) => ({
        body: Buffer.from(
          JSON.stringify({ ...JSON.parse(body.toString('utf8')), timestamp: '2025-08-07T00:00:00.000Z' }),
        ),
      }),
    },
  ],
  violates: ['currentTime'],
};

export const dashboardOpen: Break = {
  defect: 'The dashboard is sent to visitors without a session.',
  changes: [
    {
      kind: 'exchange',
      service: 'frontend',
      path: /^\/dashboard/,
      response: ({ status, headers }) => {
        const { location: _sent, ...kept } = headers;
        return status === 303
          ? {
              status: 200,
              headers: { ...kept, 'content-type': 'text/html' },
              body: Buffer.from('<h1>Dashboard</h1>'),
            }
          : {};
      },
    },
  ],
  violates: ['redirectsToSignIn', 'status', 'forgedCookies', 'content'],
};

export const registrationForgotten: Break = {
  defect: 'A new account gets no session.',
  changes: [headerChange(/^\/auth\/register$/, () => ({ 'set-cookie': undefined }))],
  violates: ['accountCreated'],
};

export const signOutKeepsCookies: Break = {
  defect: 'Signing out changes the page only.',
  changes: [
    {
      kind: 'exchange',
      service: 'frontend',
      method: 'POST',
      path: /^\/auth\/logout/,
      request: () => ({ method: 'GET', url: '/auth/forgot-password' }),
    },
  ],
  violates: ['signsOut'],
};

export const tokenInPage: Break = {
  defect: 'The dashboard has a token that scripts can read.',
  changes: [
    pageChange(/^\/dashboard/, (html) =>
      html.replace('</main>', '<p hidden>eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl</p></main>'),
    ),
  ],
  violates: ['tokensInScripts'],
};

export const silentForm: Break = {
  defect: 'The sign-in page does not report a wrong password.',
  changes: [pageChange(/^\/auth\/login/, (html) => html.replace(/role="alert"/g, 'hidden'))],
  violates: ['problemShown'],
};

export const passwordRepeated: Break = {
  defect: 'The sign-in page repeats the wrong password.',
  changes: [
    pageChange(/^\/auth\/login/, (html) => html.replace('</main>', '<p>not the password</p></main>')),
  ],
  violates: ['passwordShown'],
};

export const sessionsHidden: Break = {
  defect: 'The dashboard lists no sessions.',
  changes: [
    pageChange(/^\/dashboard/, (html) =>
      html.replace(/(<h2 id="sessions">.*?<ul class="rows">).*?(<\/ul>)/s, '$1$2'),
    ),
  ],
  violates: ['seesSession'],
};

export const sessionNotEnded: Break = {
  defect: 'Ending a session hides it from the page for a moment and does nothing else.',
  changes: [
    {
      kind: 'source',
      file: 'platform/services/frontend/handlers/account-handlers.ts',
      find: 'await api.revokeSession({ params: { id } }, callFor(raw, token));',
      replace: 'await api.me({}, callFor(raw, token));',
    },
  ],
  violates: ['endsSession'],
};

export const dashboardUnavailable: Break = {
  defect: 'The dashboard of a new user is an error page.',
  changes: [
    { kind: 'exchange', service: 'frontend', path: /^\/dashboard/, response: () => ({ status: 500 }) },
  ],
  violates: ['unexpected'],
};

export const profileForgotten: Break = {
  defect: 'A changed profile has its former name.',
  changes: [
    {
      kind: 'exchange',
      method: 'GET',
      path: /^\/api\/users\/me/,
      response: ({ body }) => ({
        body: Buffer.from(body.toString('utf8').replace('Katherine G. Johnson', 'Ada Lovelace')),
      }),
    },
  ],
  violates: ['findsChange'],
};
