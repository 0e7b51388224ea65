import type { FastifyInstance } from 'fastify';
import { problem } from './problem.ts';
import { sendProblem } from './problem-response.ts';

/**
 * Responds with 404 on an unknown path, and with 405 and the allowed methods on a known path with another method. Call
 * it before routes are added.
 * @param further routes that are handled without Fastify
 */
export function rejectUnknownPaths(
  app: FastifyInstance,
  further: readonly { method: string | string[]; url: string }[],
): void {
  const known: { method: string; pattern: RegExp }[] = [];
  function add(method: string | string[], url: string): void {
    if (url.includes('*')) return;
    const pattern = new RegExp(
      `^${url.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`).replaceAll(/:[A-Za-z_]+/g, '[^/]+')}/?$`,
    );
    for (const one of [method].flat()) known.push({ method: one, pattern });
  }
  app.addHook('onRoute', ({ method, url }) => add(method, url));
  for (const { method, url } of further) add(method, url);
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0] ?? '/';
    const allowed = new Set(known.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method));
    const error =
      allowed.size === 0
        ? problem('not_found')
        : problem('method_not_allowed', { headers: { allow: [...allowed].join(', ') } });
    return sendProblem(reply, error, request.id);
  });
}
