import { empty, equals, matches } from '../../harness/engine/index.ts';
import { loginWorks, registrationWorks } from '../authentication/check-fields.ts';
import { allDone } from '../kit/journey.ts';
import {
  passwordRepeated,
  registrationForgotten,
  signOutKeepsCookies,
  silentForm,
  tokenInPage,
} from './browser-breaks.ts';
import { defineBrowserCheck } from './browser-check.ts';
import { frontendCheck, pagesRender, withUsers } from './check-fields.ts';

export const registerInBrowser = defineBrowserCheck({
  ...frontendCheck,
  requires: withUsers,
  id: 'frontend.register-creates-account',
  title: 'A new account opens the dashboard',
  why: 'Every customer registers first. In the assessment the form stayed on its page.',
  severity: 'blocker',
  needs: [pagesRender, registrationWorks],
  remediation: {
    text: 'See the last screenshot and the response to POST /auth/register in the evidence. The frontend’s log has the gateway’s response.',
    effort: 'days',
  },
  breaks: [registrationForgotten],
  expects: { ...allDone('formOpens', 'accountCreated', 'sessionKept'), accountExists: equals(200) },
});

export const signInInBrowser = defineBrowserCheck({
  ...frontendCheck,
  requires: withUsers,
  id: 'frontend.sign-in-leads-to-dashboard',
  title: 'A user signs in, sees their own dashboard and signs out',
  why: 'Nobody can use the product without sign-in, and sign-out must end the access.',
  severity: 'blocker',
  weight: 2,
  needs: [pagesRender, loginWorks],
  remediation: {
    text: 'See the screenshots and the response to POST /auth/login. The usual causes are cookies that are not set (wrong Secure or Path) and a wrong GATEWAY_URL.',
    effort: 'days',
  },
  breaks: [signOutKeepsCookies, tokenInPage],
  expects: {
    ...allDone('signsIn', 'seesOwnDashboard', 'signsOut', 'isSignedOut'),
    tokensInScripts: empty(),
  },
});

export const wrongPasswordInBrowser = defineBrowserCheck({
  ...frontendCheck,
  requires: withUsers,
  id: 'frontend.wrong-password-shows-alert',
  title: 'The sign-in page reports a wrong password',
  why: 'If the form fails silently, users try again until they are locked out.',
  severity: 'high',
  needs: [pagesRender, 'authentication.login.rejects-wrong-password'],
  remediation: {
    text: 'Render the sign-in page again with status 401 and the problem in an element with role="alert".',
    effort: 'hours',
  },
  breaks: [silentForm, passwordRepeated],
  expects: {
    ...allDone('formOpens', 'problemShown', 'stillGuarded'),
    message: matches(/\w{3}/),
    passwordShown: equals(false),
  },
});
