import type { FastifyReply, FastifyRequest } from 'fastify';

/** The cookies of the site; browsers hold no other state. */
export type CookieName = 'access' | 'refresh' | 'csrf';

export interface Cookies {
  read(request: FastifyRequest, name: CookieName): string | undefined;
  /** @param maxAgeS seconds; absent means until the browser is closed */
  set(reply: FastifyReply, name: CookieName, value: string, maxAgeS?: number): void;
  clear(reply: FastifyReply, name: CookieName): void;
}

const valuePattern = /^[\w.~+/=-]{1,4000}$/;

/**
 * Cookies that scripts cannot read, that are not sent along with other sites' requests (save for following a link),
 * and that, when secure, belong to exactly this host (`__Host-`).
 */
export function createCookies(options: { secure: boolean }): Cookies {
  const prefix = options.secure ? '__Host-pyairtable_' : 'pyairtable_';
  const attributes = `Path=/; HttpOnly; SameSite=Lax${options.secure ? '; Secure' : ''}`;

  function add(reply: FastifyReply, cookie: string): void {
    const name = cookie.slice(0, cookie.indexOf('=') + 1);
    const others = [reply.getHeader('set-cookie') ?? []].flat().map(String);
    // Later values replace earlier ones: browsers do not agree on which of two wins.
    reply.removeHeader('set-cookie');
    reply.header('set-cookie', [...others.filter((other) => !other.startsWith(name)), cookie]);
  }

  return {
    read(request, name) {
      const start = `${prefix}${name}=`;
      const found = (request.headers.cookie ?? '')
        .split(';')
        .map((part) => part.trim())
        .find((part) => part.startsWith(start));
      const value = found?.slice(start.length);
      return value !== undefined && valuePattern.test(value) ? value : undefined;
    },
    set(reply, name, value, maxAgeS) {
      const age = maxAgeS === undefined ? '' : `; Max-Age=${Math.max(0, Math.floor(maxAgeS))}`;
      add(reply, `${prefix}${name}=${value}; ${attributes}${age}`);
    },
    clear(reply, name) {
      add(reply, `${prefix}${name}=; ${attributes}; Max-Age=0`);
    },
  };
}
