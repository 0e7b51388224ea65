import { defineCheck, equals } from '../../harness/engine/index.ts';
import { loginWorks, registrationWorks } from '../authentication/check-fields.ts';
import { login } from '../authentication/requests.ts';
import { allDone, journey, must } from '../kit/journey.ts';
import { summary } from '../kit/response.ts';
import { textAt } from '../kit/shape.ts';
import { readyCheckId } from '../services/operational-routes.ts';
import { pagesRender } from './check-fields.ts';
import { createAccount, open, seeHeading, signIn } from './pages.ts';

export const newUserJourney = defineCheck({
  id: 'frontend.new-user-journey',
  title: 'A new user registers, signs out and signs in again',
  why: 'Each part may work alone while the whole does not. This is the shortest journey through all of them in a real browser.',
  category: 'frontend',
  severity: 'blocker',
  weight: 2,
  conditions: ['end-to-end'],
  requires: ['browser'],
  needs: [pagesRender, registrationWorks, loginWorks, readyCheckId('user-service')],
  services: ['frontend', 'gateway', 'platform-services', 'user-service'],
  timeoutMs: 90_000,
  remediation: {
    text: 'See the first step that is not done. The evidence has screenshots of the pages and all requests.',
    effort: 'days',
  },
  expects: {
    ...allDone(
      'opensForm',
      'registers',
      'isGreeted',
      'signsOut',
      'isRejected',
      'signsInAgain',
      'changesProfile',
      'findsChange',
    ),
    sameUser: equals(true),
  },
  run: async (context) => {
    const { http, signal } = context;
    const page = await (await context.browser()).newPage();
    const base = context.stack.services.frontend;
    const user = {
      name: 'Katherine Johnson',
      email: `${context.unique('journey')}@readiness.example`,
      password: 'trajectories by hand 1961',
    };
    context.registersElsewhere(user);
    const address = context.newAddress();
    let token = '';
    let sameUser = false;
    const results = await journey(
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
        isRejected: async () => {
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
          token = textAt((await login(context, { ...user, address })).json, 'access_token');
          const change = await http.request('gateway', '/api/users/me', {
            method: 'PUT',
            body: { display_name: 'Katherine G. Johnson', preferences: { theme: 'dark' } },
            token,
            from: address,
          });
          must(change.status === 200, summary(change));
        },
        findsChange: async () => {
          const profile = await http.request('gateway', '/api/users/me', { token, from: address });
          must(textAt(profile.json, 'display_name') === 'Katherine G. Johnson', summary(profile));
          sameUser = textAt(profile.json, 'email') === user.email;
          await page.reload();
          await seeHeading(page, 'Dashboard');
        },
      },
      signal,
    );
    return { ...results, sameUser };
  },
});
