import { defineCheck, equals } from '../../harness/engine/index.ts';
import { loginWorks, registrationWorks } from '../authentication/check-fields.ts';
import { allDone, journey, must } from '../kit/journey.ts';
import { summary } from '../kit/response.ts';
import { textAt } from '../kit/shape.ts';
import { readyCheckId } from '../services/define-operational-checks.ts';
import { pagesRender } from './check-fields.ts';
import { createAccount, open, seeHeading, signIn } from './pages.ts';

export const newUserJourney = defineCheck({
  id: 'e2e.new-user-in-browser',
  title: 'A new user registers, signs out, comes back, and finds what was changed',
  why: 'Each part may work alone while the whole does not; this is the shortest way through all of them, with a real browser.',
  category: 'frontend',
  severity: 'blocker',
  weight: 2,
  conditions: ['end-to-end'],
  requires: ['browser'],
  needs: [pagesRender, registrationWorks, loginWorks, readyCheckId('user-service')],
  services: ['frontend', 'gateway', 'platform-services', 'user-service'],
  timeoutMs: 90_000,
  remediation: {
    text: 'The first step that is not done names the place; the evidence has the pages as they were, and every request beside them.',
    effort: 'days',
  },
  expects: {
    ...allDone(
      'opensForm',
      'registers',
      'isGreeted',
      'signsOut',
      'isRefused',
      'signsInAgain',
      'changesProfile',
      'findsChange',
    ),
    samePerson: equals(true),
  },
  run: async ({ browser, stack, signal, unique, http, newAddress }) => {
    const context = await browser();
    const page = await context.newPage();
    const base = stack.services.frontend;
    const user = {
      name: 'Katherine Johnson',
      email: `${unique('journey')}@readiness.example`,
      password: 'trajectories by hand 1961',
    };
    const from = newAddress();
    let token = '';
    let samePerson = false;
    const outcomes = await journey(
      {
        opensForm: async () => {
          await open(page, `${base}/auth/register`);
          await seeHeading(page, 'Create your account');
        },
        registers: async () => {
          await createAccount(page, user);
          await seeHeading(page, 'Dashboard');
        },
        isGreeted: () => page.getByText(user.email).first().waitFor(),
        signsOut: async () => {
          await page.getByRole('button', { name: 'Sign out', exact: true }).click();
          await seeHeading(page, 'Sign in');
        },
        isRefused: async () => {
          await page.goto(`${base}/dashboard`);
          await seeHeading(page, 'Sign in');
          must(!(await page.content()).includes(user.email), 'the page still shows the user');
        },
        signsInAgain: async () => {
          await signIn(page, user);
          await seeHeading(page, 'Dashboard');
          await page.getByText(user.email).first().waitFor();
        },
        changesProfile: async () => {
          const login = await http.request('gateway', '/api/auth/login', {
            method: 'POST',
            body: { email: user.email, password: user.password },
            from,
          });
          token = textAt(login.json, 'access_token');
          const change = await http.request('gateway', '/api/users/me', {
            method: 'PUT',
            body: { display_name: 'Katherine G. Johnson', preferences: { theme: 'dark' } },
            token,
            from,
          });
          must(change.status === 200, summary(change));
        },
        findsChange: async () => {
          const profile = await http.request('gateway', '/api/users/me', { token, from });
          must(textAt(profile.json, 'display_name') === 'Katherine G. Johnson', summary(profile));
          samePerson = textAt(profile.json, 'email') === user.email;
          await page.reload();
          await seeHeading(page, 'Dashboard');
        },
      },
      signal,
    );
    return { ...outcomes, samePerson };
  },
});

export const apiJourney = defineCheck({
  id: 'e2e.api-client-lifetime',
  title: 'An API client goes through a whole account’s life',
  why: 'Programs use the platform without its pages: registering, working, refreshing, signing out and coming back has to work in one go.',
  category: 'api',
  severity: 'blocker',
  weight: 2,
  conditions: ['end-to-end'],
  needs: [registrationWorks, loginWorks, readyCheckId('user-service')],
  services: ['gateway', 'platform-services', 'user-service'],
  remediation: {
    text: 'The first step that is not done says what was answered; exchanges.json in the evidence has the whole conversation.',
    effort: 'days',
  },
  expects: allDone(
    'registers',
    'asksWhoItIs',
    'changesProfile',
    'findsItself',
    'refreshes',
    'worksOn',
    'signsOut',
    'isRefused',
    'comesBack',
    'findsProfile',
  ),
  run: async ({ http, signal, unique, newAddress }) => {
    const from = newAddress();
    const user = { email: `${unique('client')}@readiness.example`, password: 'compilers from words 1952' };
    let token = '';
    let refreshToken = '';
    const send = (method: string, path: string, body?: unknown) =>
      http.request('gateway', `/api${path}`, {
        method,
        from,
        ...(body === undefined ? {} : { body }),
        ...(token ? { token } : {}),
      });
    const expectStatus = async (status: number, method: string, path: string, body?: unknown) => {
      const answer = await send(method, path, body);
      must(answer.status === status, `${method} ${path}: ${summary(answer)}`);
      return answer.json;
    };
    const takeTokens = (json: unknown): void => {
      token = textAt(json, 'access_token');
      refreshToken = textAt(json, 'refresh_token');
      must(token !== '' && refreshToken !== '', 'the answer has no tokens');
    };
    return journey(
      {
        registers: async () =>
          takeTokens(await expectStatus(201, 'POST', '/auth/register', { ...user, name: 'Grace Hopper' })),
        asksWhoItIs: async () => {
          const me = await expectStatus(200, 'GET', '/auth/me');
          must(textAt(me, 'email') === user.email, 'it is somebody else');
        },
        changesProfile: () => expectStatus(200, 'PUT', '/users/me', { bio: 'Found the first bug' }),
        findsItself: async () => {
          const list = await expectStatus(200, 'GET', `/users?search=${encodeURIComponent(user.email)}`);
          must(textAt(list, 'users', 0, 'email') === user.email, 'the search does not find it');
        },
        refreshes: async () =>
          takeTokens(await expectStatus(200, 'POST', '/auth/refresh', { refresh_token: refreshToken })),
        worksOn: () => expectStatus(200, 'GET', '/users/me'),
        signsOut: () => expectStatus(204, 'POST', '/auth/logout'),
        isRefused: () => expectStatus(401, 'GET', '/users/me'),
        comesBack: async () => {
          token = '';
          takeTokens(await expectStatus(200, 'POST', '/auth/login', user));
        },
        findsProfile: async () => {
          const profile = await expectStatus(200, 'GET', '/users/me');
          must(textAt(profile, 'bio') === 'Found the first bug', 'the profile is not as it was left');
        },
      },
      signal,
    );
  },
});
