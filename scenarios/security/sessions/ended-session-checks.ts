import { setTimeout as pause } from 'node:timers/promises';
import {
  type Account,
  atMost,
  type CheckContext,
  defineCheck,
  type Exchange,
  empty,
} from '../../../harness/engine/index.ts';
import { serviceNames } from '../../../platform/contracts/service.ts';
import { changePasswordWorks } from '../../authentication/check-fields.ts';
import { readToken } from '../../authentication/forgeries.ts';
import { login, postAuth, refresh } from '../../authentication/requests.ts';
import { pollUntil } from '../../kit/poll-until.ts';
import { prepare, sendAs } from '../../kit/send-as.ts';
import { textAt } from '../../kit/shape.ts';
import { readyCheckId } from '../../services/operational-routes.ts';
import { furtherSecurity } from '../check-fields.ts';
import { openDoors, shutDoors } from '../tokens/doors.ts';
import { endedSessionBreaks } from './ended-session-breaks.ts';

/** Time after the end of a session for which it must stay ended, milliseconds: longer than services wait to read the list again. */
const staysEndedMs = 9_000;

/** Documented maximum time until every service follows the end of a session, milliseconds. */
export const lagMs = 5_000;

interface OpenSession {
  accessToken: string;
  refreshToken: string;
}

const siteSignOut = 'sign-out on the site';

/** The ways in which a session ends, each for a session of its own of one user. */
const endings: readonly {
  name: string;
  end(context: CheckContext, user: Account, session: OpenSession): Promise<unknown>;
}[] = [
  {
    name: 'sign-out',
    end: (context, { address: from }, { accessToken: token }) =>
      postAuth(context, 'logout', undefined, { from, token }),
  },
  {
    name: siteSignOut,
    end: ({ http, stack }, { address: from }, { accessToken, refreshToken }) =>
      http.request('frontend', '/api/auth/logout', {
        method: 'POST',
        from,
        headers: {
          origin: new URL(stack.services.frontend).origin,
          cookie: `__Host-pyairtable_access=${accessToken}; __Host-pyairtable_refresh=${refreshToken}`,
        },
      }),
  },
  {
    name: 'ended from another session',
    end: (context, user, { accessToken }) =>
      prepare(
        sendAs(context, user),
        'DELETE',
        `/api/auth/sessions/${String(readToken(accessToken).claims.session_id)}`,
      ),
  },
  {
    name: 'reused refresh token',
    async end(context, { address: from }, { refreshToken }) {
      await refresh(context, refreshToken, from);
      await refresh(context, refreshToken, from);
    },
  },
];

/** Ends every other session, so it comes after the endings above. */
const passwordChange: (typeof endings)[number] = {
  name: 'changed password',
  end: (context, { address: from, accessToken: token, password }) =>
    postAuth(
      context,
      'change-password',
      { current_password: password, new_password: `${password} and more` },
      { from, token },
    ),
};

export const endedEverywhere = defineCheck({
  ...furtherSecurity,
  id: 'security.sessions.end-at-every-service',
  title: 'An ended session is over at every service within 5 s',
  failureTitle: 'A token of an ended session works',
  why: 'Signing out, changing the password and ending stolen sessions mean nothing where one service does not hear of it (ASVS 5.0 7.4.1, 7.4.3, 10.4.5).',
  needs: [changePasswordWorks, ...serviceNames.map(readyCheckId)],
  services: serviceNames,
  standards: ['ASVS 7.4.1', 'ASVS 7.4.3', 'ASVS 10.4.5', 'API2'],
  remediation: {
    text: 'A line names ending and door. Every service follows auth:revoked-sessions in Redis and asks for each token, cached or not; platform-services publishes each end.',
    effort: 'days',
  },
  expects: {
    shutBefore: empty(),
    stillOpen: empty(),
    openAgain: empty(),
    cookiesKept: empty(),
    refreshed: empty(),
    lag: atMost(lagMs, 'ms'),
    ownSessionShut: empty(),
  },
  run: async (context) => {
    const user = await context.account();
    const { address: from } = user;
    const named: ((typeof endings)[number] & { session: OpenSession })[] = [];
    for (const ending of [...endings, passwordChange]) {
      const { json } = await login(context, user);
      const session = {
        accessToken: textAt(json, 'access_token'),
        refreshToken: textAt(json, 'refresh_token'),
      };
      named.push({ ...ending, session });
    }
    // At every door before, so that a verified token is cached there.
    const shutBefore = await linesOf(named, ({ accessToken: token }) => shutDoors(context, { token, from }));
    const stillOpen: string[] = [];
    const refreshed: string[] = [];
    const cookiesKept: string[] = [];
    let lag = 0;
    const startedAtMs = performance.now();
    for (const ended of [named.slice(0, -1), named.slice(-1)]) {
      for (const { name, end, session } of ended) {
        const response = await end(context, user, session);
        if (name === siteSignOut) cookiesKept.push(...keptCookies(response as Exchange));
      }
      const since = performance.now();
      const open = () => linesOf(ended, ({ accessToken: token }) => openDoors(context, { token, from }));
      const isEmpty = (lines: readonly string[]) => lines.length === 0;
      stillOpen.push(...(await pollUntil(open, isEmpty, context, lagMs)));
      lag = Math.max(lag, Math.round(performance.now() - since));
      for (const { name, session } of ended) {
        const { status } = await refresh(context, session.refreshToken, context.newAddress());
        if (status !== 401) refreshed.push(`${name}: ${status}`);
      }
    }
    const openAgain = await linesOf(named, async ({ accessToken: token }) => {
      const left = startedAtMs + staysEndedMs - performance.now();
      await pause(Math.max(0, left), undefined, { signal: context.signal });
      return openDoors(context, { token, from });
    });
    return {
      shutBefore,
      stillOpen,
      openAgain: openAgain.filter((line) => !stillOpen.includes(line)),
      cookiesKept,
      refreshed,
      lag,
      ownSessionShut: await shutDoors(context, { token: user.accessToken, from }),
    };
  },
  breaks: endedSessionBreaks,
});

/** Cookies of a session that a response does not clear. */
function keptCookies({ headers }: Exchange): string[] {
  const lines = (headers['set-cookie'] ?? '').split('\n');
  return ['access', 'refresh'].filter(
    (name) =>
      !lines.some((line) => line.includes(`_${name}=;`) && /max-age=0|expires=thu, 01 jan 1970/i.test(line)),
  );
}

/** The doors of several sessions, as `<ending>: <door>`. */
async function linesOf(
  endings: readonly { name: string; session: OpenSession }[],
  doorsOf: (session: OpenSession) => Promise<string[]>,
): Promise<string[]> {
  const lines = await Promise.all(
    endings.map(async ({ name, session }) => (await doorsOf(session)).map((door) => `${name}: ${door}`)),
  );
  return lines.flat();
}
