import type { frontend } from '../../../contracts/frontend/contract.ts';
import { hasTenantRole } from '../../../contracts/rights.ts';
import type { Handlers } from '../../../kit/http/handler.ts';
import { PeerProblem } from '../../../kit/peers/peer-problem.ts';
import { registrationPage } from '../pages/account/registration.ts';
import { signInPage } from '../pages/account/sign-in.ts';
import { dashboardPage } from '../pages/dashboard.ts';
import { landingPage } from '../pages/landing.ts';
import { sendPage } from '../pages/page-headers.ts';
import { safeCallback, signInFor, withCallback } from '../session/callback-url.ts';
import type { Site } from './site.ts';

type PageName = 'landing' | 'loginPage' | 'registerPage' | 'dashboard';

/** A part of a page may be missing. A rejected token is different: it concerns the whole page. */
async function optional<T>(part: Promise<T>): Promise<T | undefined> {
  try {
    return await part;
  } catch (error) {
    if (error instanceof PeerProblem && error.status !== 401) return undefined;
    throw error;
  }
}

/** Handlers of pages. */
export function pageHandlers(site: Site): Pick<Handlers<typeof frontend>, PageName> {
  const { api, callFor } = site.identity;
  return {
    async landing({ raw, reply }) {
      sendPage(reply, 200, landingPage(site.visitor(raw, reply)));
    },
    async loginPage({ raw, reply, query }) {
      const callback = safeCallback(query.callbackUrl);
      if (site.sessions.isPresent(raw)) reply.redirect(callback, 303);
      else sendPage(reply, 200, signInPage({ visitor: site.visitor(raw, reply), callback }));
    },
    async registerPage({ raw, reply, query }) {
      const callback = safeCallback(query.callbackUrl);
      if (site.sessions.isPresent(raw)) reply.redirect(callback, 303);
      else sendPage(reply, 200, registrationPage({ visitor: site.visitor(raw, reply), callback }));
    },
    async dashboard({ raw, reply, query, signal }) {
      const found = await site.sessions.use(raw, reply, async (token) => {
        const call = { ...callFor(raw, token), signal };
        const [user, tenant, workspaces, sessions] = await Promise.all([
          api.me({}, call),
          optional(api.tenant({}, call)),
          optional(api.listWorkspaces({}, call)),
          optional(api.listSessions({}, call)),
        ]);
        const administersUsers = hasTenantRole(
          { role: user.role, owns_tenant: tenant?.owner_id === user.id },
          'moderator',
        );
        return { user, administersUsers, workspaces: workspaces?.workspaces, sessions: sessions?.sessions };
      });
      if (found === undefined) {
        reply.redirect(signInFor('/dashboard'), 303);
        return;
      }
      const visitor = { ...site.visitor(raw, reply), signedIn: true };
      sendPage(reply, 200, dashboardPage({ visitor, notice: query.done, ...found }));
    },
  };
}

/** Paths that people try, and the pages they redirect to. */
export const redirects: Readonly<Record<string, string>> = {
  '/login': '/auth/login',
  '/signin': '/auth/login',
  '/register': '/auth/register',
  '/signup': '/auth/register',
};

/** The target of a redirect, with a safe callback. */
export function redirectTarget(path: string, callbackUrl: unknown): string {
  return withCallback(path, safeCallback(typeof callbackUrl === 'string' ? callbackUrl : undefined));
}
