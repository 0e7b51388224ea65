import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Visitor } from '../pages/layout.ts';
import { createCookies } from '../session/cookies.ts';
import { type Csrf, createCsrf } from '../session/csrf.ts';
import { createIdentity, type Identity } from '../session/identity.ts';
import { createSessions, type Sessions } from '../session/sessions.ts';

/** Shared by the handlers of pages, forms and scripts. */
export interface Site {
  readonly csrf: Csrf;
  readonly identity: Identity;
  readonly sessions: Sessions;
  /** The part of every page that depends on the visitor. */
  visitor(request: FastifyRequest, reply: FastifyReply): Visitor;
}

export interface SiteOptions {
  gatewayUrl: string;
  internalKey: string;
  publicOrigin: string | undefined;
  trustedProxies: readonly string[];
}

export function createSite({ gatewayUrl, internalKey, publicOrigin, trustedProxies }: SiteOptions): Site {
  const cookies = createCookies({ secure: publicOrigin?.startsWith('https:') ?? true });
  const csrf = createCsrf({ cookies, secret: internalKey, publicOrigin });
  const identity = createIdentity({ gatewayUrl, internalKey, trustedProxies });
  const sessions = createSessions({ cookies, identity, now: () => performance.now() });
  return {
    csrf,
    identity,
    sessions,
    visitor: (request, reply) => ({
      signedIn: sessions.isPresent(request),
      csrfToken: csrf.tokenFor(request, reply),
    }),
  };
}
