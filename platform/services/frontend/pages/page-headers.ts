import type { FastifyReply } from 'fastify';

/**
 * Pages load one style sheet and one icon of their own and nothing else: no script at all, so there is nothing for
 * injected markup to run. Kept by no cache, since every page shows whether somebody is signed in.
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

/** Answers a page. */
export function sendPage(reply: FastifyReply, status: number, page: string): void {
  reply.code(status).headers(pageHeaders).send(page);
}
