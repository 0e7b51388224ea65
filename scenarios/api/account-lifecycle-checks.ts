import { defineCheck } from '../../harness/engine/index.ts';
import { loginWorks, registrationWorks } from '../authentication/check-fields.ts';
import { allDone, journey, must } from '../kit/journey.ts';
import { summary } from '../kit/response.ts';
import { textAt } from '../kit/shape.ts';
import { readyCheckId } from '../services/operational-routes.ts';
import { accountLifecycleBreaks } from './user-breaks.ts';

export const accountLifecycle = defineCheck({
  id: 'api.users.account-lifecycle',
  title: 'An API client completes the whole account lifecycle',
  why: 'Programs use the platform without its pages. Registration, work, refresh, sign-out and sign-in must work in sequence.',
  category: 'api',
  severity: 'blocker',
  weight: 2,
  conditions: ['end-to-end'],
  needs: [registrationWorks, loginWorks, readyCheckId('user-service')],
  services: ['gateway', 'platform-services', 'user-service'],
  remediation: {
    text: 'The first step that is not done contains the response; exchanges.json in the evidence has all requests.',
    effort: 'days',
  },
  expects: allDone(
    'registers',
    'readsOwnUser',
    'changesProfile',
    'findsOwnProfile',
    'refreshes',
    'usesNewToken',
    'signsOut',
    'isRejected',
    'signsInAgain',
    'profileKept',
  ),
  breaks: accountLifecycleBreaks,
  run: async ({ http, signal, unique, newAddress }) => {
    const from = newAddress();
    const user = { email: `${unique('client')}@readiness.example`, password: 'compilers from words 1952' };
    let token = '';
    let refreshToken = '';
    const expectStatus = async (status: number, method: string, path: string, body?: unknown) => {
      const response = await http.request('gateway', `/api${path}`, {
        method,
        from,
        ...(body === undefined ? {} : { body }),
        ...(token ? { token } : {}),
      });
      must(response.status === status, `${method} ${path}: ${summary(response)}`);
      return response.json;
    };
    const takeTokens = (json: unknown): void => {
      token = textAt(json, 'access_token');
      refreshToken = textAt(json, 'refresh_token');
      must(token !== '' && refreshToken !== '', 'the response has no tokens');
    };
    return journey(
      {
        registers: async () =>
          takeTokens(await expectStatus(201, 'POST', '/auth/register', { ...user, name: 'Grace Hopper' })),
        readsOwnUser: async () => {
          const me = await expectStatus(200, 'GET', '/auth/me');
          must(textAt(me, 'email') === user.email, 'the response is another user');
        },
        changesProfile: () => expectStatus(200, 'PUT', '/users/me', { bio: 'Found the first bug' }),
        findsOwnProfile: async () => {
          const list = await expectStatus(200, 'GET', `/users?search=${encodeURIComponent(user.email)}`);
          must(textAt(list, 'users', 0, 'email') === user.email, 'the search does not find the profile');
        },
        refreshes: async () =>
          takeTokens(await expectStatus(200, 'POST', '/auth/refresh', { refresh_token: refreshToken })),
        usesNewToken: () => expectStatus(200, 'GET', '/users/me'),
        signsOut: () => expectStatus(204, 'POST', '/auth/logout'),
        isRejected: () => expectStatus(401, 'GET', '/users/me'),
        signsInAgain: async () => {
          token = '';
          takeTokens(await expectStatus(200, 'POST', '/auth/login', user));
        },
        profileKept: async () => {
          const profile = await expectStatus(200, 'GET', '/users/me');
          must(textAt(profile, 'bio') === 'Found the first bug', 'the profile has changed');
        },
      },
      signal,
    );
  },
});
