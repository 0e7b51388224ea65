import { equals } from '../../harness/engine/index.ts';
import { changePasswordWorks, loginWorks } from '../authentication/check-fields.ts';
import { allDone } from '../kit/journey.ts';
import { sessionNotEnded, sessionsHidden } from './browser-breaks.ts';
import { defineBrowserCheck } from './browser-check.ts';
import { frontendCheck, pagesRender, withUsers } from './check-fields.ts';

export const sessionsEndInBrowser = defineBrowserCheck({
  ...frontendCheck,
  requires: withUsers,
  id: 'frontend.dashboard-ends-sessions',
  title: 'The dashboard ends one session, a new password all others',
  why: 'Users who lost a phone or fear for their password need these pages. If the button only hides the session, the thief stays signed in.',
  severity: 'high',
  needs: [pagesRender, loginWorks, changePasswordWorks],
  remediation: {
    text: 'The evidence has the pages of the failed step. A token that still works was not revoked: POST /account/sessions must call DELETE /auth/sessions/{id}, and POST /account/password the platform’s change-password, both with the visitor’s own token.',
    effort: 'days',
  },
  breaks: [sessionsHidden, sessionNotEnded],
  expects: {
    ...allDone('seesSession', 'endsSession', 'changesPassword', 'staysSignedIn'),
    endedToken: equals(401),
    endedRefresh: equals(401),
    otherTokenBefore: equals(200),
    otherTokenAfter: equals(401),
    otherRefreshAfter: equals(401),
    oldPassword: equals(401),
    newPassword: equals(200),
  },
});
