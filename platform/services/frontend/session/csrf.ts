import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { problem } from '../../../kit/http/problem.ts';
import type { Cookies } from './cookies.ts';

export interface Csrf {
  /**
   * Lets requests that change something come from pages of this site only, by what the browser itself says
   * (`Sec-Fetch-Site`, else `Origin`). Programs that say neither pass: they have no visitor's cookies to abuse.
   * @throws ProblemError `forbidden`
   */
  assertOwnPage(request: FastifyRequest): void;
  /** The value for a form's hidden field; sets the cookie it belongs to when the visitor has none. */
  tokenFor(request: FastifyRequest, reply: FastifyReply): string;
  /** Whether a form's hidden field belongs to the visitor's cookie. */
  isValid(request: FastifyRequest, token: string): boolean;
}

export interface CsrfOptions {
  cookies: Cookies;
  /** Key of the signature; nobody outside can make a token for a cookie he has planted. */
  secret: string;
  /** Absent: the origin is whatever host the request was sent to. */
  publicOrigin: string | undefined;
}

const idPattern = /^[\w-]{43}$/;

export function createCsrf({ cookies, secret, publicOrigin }: CsrfOptions): Csrf {
  const sign = (id: string) => createHmac('sha256', secret).update(`csrf:${id}`).digest();

  function idOf(request: FastifyRequest): string | undefined {
    const id = cookies.read(request, 'csrf');
    return id !== undefined && idPattern.test(id) ? id : undefined;
  }

  function isOwnPage(request: FastifyRequest): boolean {
    const site = request.headers['sec-fetch-site'];
    if (site !== undefined) return site === 'same-origin' || site === 'none';
    const { origin } = request.headers;
    if (origin === undefined) return true;
    if (publicOrigin !== undefined) return origin === publicOrigin;
    return URL.canParse(origin) && new URL(origin).host === request.headers.host;
  }

  return {
    assertOwnPage(request) {
      if (!isOwnPage(request)) throw problem('forbidden');
    },
    tokenFor(request, reply) {
      let id = idOf(request);
      if (id === undefined) {
        id = randomBytes(32).toString('base64url');
        cookies.set(reply, 'csrf', id);
      }
      return sign(id).toString('base64url');
    },
    isValid(request, token) {
      const id = idOf(request);
      if (id === undefined) return false;
      const expected = sign(id);
      const given = Buffer.from(token, 'base64url');
      return given.length === expected.length && timingSafeEqual(given, expected);
    },
  };
}
