import type { frontend } from '../../../contracts/frontend/contract.ts';
import type { Handlers } from '../../../kit/http/handler.ts';
import { problem } from '../../../kit/http/problem.ts';
import { platformVersion } from '../../../kit/service/version.ts';
import type { Site } from './site.ts';

type ApiName = 'siteHealth' | 'login' | 'register' | 'logout' | 'profile' | 'socketTicket';

/**
 * The account routes for scripts, in JSON. A page of another site can send `application/json` only after a preflight
 * request, which the frontend rejects.
 */
export function apiHandlers(site: Site): Pick<Handlers<typeof frontend>, ApiName> {
  const { api, gateway, callFor } = site.identity;

  return {
    siteHealth: async () => ({
      status: 'ok',
      service: 'frontend',
      version: platformVersion,
      timestamp: new Date().toISOString(),
    }),
    async login({ raw, reply, body, log }) {
      site.csrf.assertOwnPage(raw);
      const session = await api.login({ body }, callFor(raw));
      await site.sessions.start({ request: raw, reply, log }, session);
      return { user: session.user };
    },
    async register({ raw, reply, body, log }) {
      site.csrf.assertOwnPage(raw);
      const session = await api.register({ body }, callFor(raw));
      await site.sessions.start({ request: raw, reply, log }, session);
      return { user: session.user };
    },
    async logout({ raw, reply, log }) {
      site.csrf.assertOwnPage(raw);
      await site.sessions.end({ request: raw, reply, log });
      return undefined;
    },
    async profile({ raw, reply }) {
      const user = await site.sessions.use(raw, reply, (token) => api.me({}, callFor(raw, token)));
      if (user === undefined) throw problem('unauthenticated');
      return { user };
    },
    async socketTicket({ raw, reply }) {
      site.csrf.assertOwnPage(raw);
      const ticket = await site.sessions.use(raw, reply, (token) =>
        gateway.socketTicket({}, callFor(raw, token)),
      );
      if (ticket === undefined) throw problem('unauthenticated');
      return ticket;
    },
  };
}
