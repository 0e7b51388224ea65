import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Visitor } from '../pages/layout.ts';
import { type Cookies, createCookies } from '../session/cookies.ts';
import { type Csrf, createCsrf } from '../session/csrf.ts';
import { createIdentity, type Identity } from '../session/identity.ts';
import { createSessions, type Sessions } from '../session/sessions.ts';

/** What the handlers of pages, forms and scripts share. */
export interface Site {
  readonly cookies: Cookies;
  readonly csrf: Csrf;
  readonly identity: Identity;
  readonly sessions: Sessions;
  /** What every page shows about who looks at it. */
  visitor(request: FastifyRequest, reply: FastifyReply): Visitor;
}

export interface SiteOptions {
  gatewayUrl: string;
  internalKey: string;
  publicOrigin: string | undefined;
}

export function createSite({ gatewayUrl, internalKey, publicOrigin }: SiteOptions): Site {
  const cookies = createCookies({ secure: publicOrigin?.startsWith('https:') ?? true });
  const csrf = createCsrf({ cookies, secret: internalKey, publicOrigin });
  const identity = createIdentity({ gatewayUrl, internalKey });
  const sessions = createSessions({ cookies, identity, now: () => performance.now() });
  return {
    cookies,
    csrf,
    identity,
    sessions,
    visitor: (request, reply) => ({
      signedIn: sessions.isPresent(request),
      csrfToken: csrf.tokenFor(request, reply),
    }),
  };
}
