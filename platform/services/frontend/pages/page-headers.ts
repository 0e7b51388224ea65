import type { FastifyReply } from 'fastify';

/**
 * Pages load one style sheet and one icon of this site and nothing else. Scripts are not allowed, so injected markup
 * cannot run any. Pages are not cached, because each shows whether the visitor is signed in.
 */
export const pageHeaders: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'cache-control': 'no-store',
  'content-type': 'text/html; charset=utf-8',
};

/** Responds with a page. */
export function sendPage(reply: FastifyReply, status: number, page: string): void {
  reply.code(status).headers(pageHeaders).send(page);
}
