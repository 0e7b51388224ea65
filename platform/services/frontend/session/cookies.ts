// Declares `request.cookies` and `reply.setCookie`.
import type {} from '@fastify/cookie';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** The cookies of the site; browsers store no other state. */
export type CookieName = 'access' | 'refresh' | 'csrf';

export interface Cookies {
  read(request: FastifyRequest, name: CookieName): string | undefined;
  /** @param maxAgeS seconds; without it the cookie lasts until the browser is closed */
  set(reply: FastifyReply, name: CookieName, value: string, maxAgeS?: number): void;
  clear(reply: FastifyReply, name: CookieName): void;
}

const valuePattern = /^[\w.~+/=-]{1,4000}$/;

/**
 * Cookies that scripts cannot read and that browsers do not send with requests from other sites (links excepted). When
 * secure, they belong to exactly this host (`__Host-`). The app must have registered `@fastify/cookie`.
 */
export function createCookies({ secure }: { secure: boolean }): Cookies {
  const prefix = secure ? '__Host-pyairtable_' : 'pyairtable_';
  const attributes = { path: '/', httpOnly: true, sameSite: 'lax', secure } as const;
  return {
    read(request, name) {
      // Not parsed when the URL is broken.
      const value = (request.cookies as FastifyRequest['cookies'] | null)?.[prefix + name];
      return value !== undefined && valuePattern.test(value) ? value : undefined;
    },
    set(reply, name, value, maxAgeS) {
      const age = maxAgeS === undefined ? {} : { maxAge: Math.max(0, Math.floor(maxAgeS)) };
      reply.setCookie(prefix + name, value, { ...attributes, ...age });
    },
    clear(reply, name) {
      reply.clearCookie(prefix + name, attributes);
    },
  };
}
