import { equals } from '../../harness/engine/index.ts';
import { loginWorks, registrationWorks } from '../authentication/check-fields.ts';
import { allDone } from '../kit/journey.ts';
import { readyCheckId } from '../services/operational-routes.ts';
import { dashboardUnavailable, profileForgotten } from './browser-breaks.ts';
import { defineBrowserCheck } from './browser-check.ts';
import { pagesRender, withUsers } from './check-fields.ts';

export const newUserJourney = defineBrowserCheck({
  id: 'frontend.new-user-journey',
  title: 'A new user registers, signs out and signs in again',
  why: 'Each part may work alone while the whole does not. This is the shortest journey through all of them in a real browser.',
  category: 'frontend',
  severity: 'blocker',
  weight: 2,
  conditions: ['end-to-end'],
  requires: withUsers,
  needs: [pagesRender, registrationWorks, loginWorks, readyCheckId('user-service')],
  services: ['frontend', 'gateway', 'platform-services', 'user-service'],
  timeoutMs: 90_000,
  remediation: {
    text: 'See the first step that is not done. The evidence has screenshots of the pages and all requests.',
    effort: 'days',
  },
  breaks: [dashboardUnavailable, profileForgotten],
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
});
