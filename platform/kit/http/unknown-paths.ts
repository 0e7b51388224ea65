import type { FastifyInstance } from 'fastify';
import { sendProblem } from './answer-problem.ts';
import { problem } from './problem.ts';

/**
 * Tells an unknown path (404) from a known one that was asked with another method (405, with those it has). To be
 * called before routes are added.
 * @param further routes that are answered without Fastify
 */
export function answerUnknownPaths(
  app: FastifyInstance,
  further: readonly { method: string | string[]; url: string }[],
): void {
  const known: { method: string; pattern: RegExp }[] = [];
  function know(method: string | string[], url: string): void {
    if (url.includes('*')) return;
    const pattern = new RegExp(
      `^${url.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`).replaceAll(/:[A-Za-z_]+/g, '[^/]+')}/?$`,
    );
    for (const one of [method].flat()) known.push({ method: one, pattern });
  }
  app.addHook('onRoute', ({ method, url }) => know(method, url));
  for (const { method, url } of further) know(method, url);
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0] ?? '/';
    const allowed = [
      ...new Set(known.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method)),
    ];
    const answer =
      allowed.length === 0
        ? problem('not_found')
        : problem('method_not_allowed', { headers: { allow: allowed.join(', ') } });
    return sendProblem(reply, answer, request.id);
  });
}
