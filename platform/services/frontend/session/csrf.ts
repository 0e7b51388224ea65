import { Tokens } from '@fastify/csrf';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { problem } from '../../../kit/http/problem.ts';
import type { Cookies } from './cookies.ts';

export interface Csrf {
  /**
   * Accepts requests that change something only from pages of this site. The browser reports the origin
   * (`Sec-Fetch-Site`, else `Origin`). Programs that send neither are accepted: they have no visitor's cookies.
   * @throws ProblemError `forbidden`
   */
  assertOwnPage(request: FastifyRequest): void;
  /** The value of a form's hidden field; sets the visitor's cookie when there is none. */
  tokenFor(request: FastifyRequest, reply: FastifyReply): string;
  /** Whether a form's hidden field was made for the visitor's cookie. */
  isValid(request: FastifyRequest, token: string): boolean;
}

export interface CsrfOptions {
  cookies: Cookies;
  /** Key of the signature. Without it, nobody can make a token for a cookie. */
  secret: string;
  /** Without it, the origin is the host that the request was sent to. */
  publicOrigin: string | undefined;
}

/** Signed double-submit tokens: the cookie has a random secret, the form an HMAC of it. */
export function createCsrf({ cookies, secret, publicOrigin }: CsrfOptions): Csrf {
  const tokens = new Tokens({ hmacKey: secret, secretLength: 32 });

  function isOwnPage({ headers }: FastifyRequest): boolean {
    const site = headers['sec-fetch-site'];
    if (site !== undefined) return site === 'same-origin' || site === 'none';
    const { origin } = headers;
    if (origin === undefined) return true;
    if (publicOrigin !== undefined) return origin === publicOrigin;
    return URL.canParse(origin) && new URL(origin).host === headers.host;
  }

  return {
    assertOwnPage(request) {
      if (!isOwnPage(request)) throw problem('forbidden');
    },
    tokenFor(request, reply) {
      let id = cookies.read(request, 'csrf');
      if (id === undefined) {
        id = tokens.secretSync();
        cookies.set(reply, 'csrf', id);
      }
      return tokens.create(id);
    },
    isValid: (request, token) => tokens.verify(cookies.read(request, 'csrf') ?? '', token),
  };
}
