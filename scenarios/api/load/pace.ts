import { referenceStep, type StepFigures } from '../../../harness/engine/index.ts';
import { recordsRoute } from './user-mix.ts';

/**
 * Maximum median of a route, as a multiple of the reference server's. On a quiet machine most routes are at 2 to 8, and a
 * delay of 20 ms is at 30.
 */
const maxRatio = 25;
/** Routes that call many services, return much, or store a file. */
const heavyRatio = 80;
const heavyRoutes = new Set([
  'GET /api/health',
  'GET /api/openapi.json',
  'GET /api/mcp/tools',
  'POST /api/files/upload',
  `POST ${recordsRoute}`,
  'GET /ws',
]);
/**
 * A route whose fastest response takes this long is slow on any machine, milliseconds: other work delays some requests,
 * not each of them.
 */
const maxFastestMs = 60;
const maxHeavyFastestMs = 300;

/** How fast a route is on this machine at this moment. */
export interface Pace {
  route: string;
  fastestMs: number;
  p50Ms: number;
  /** Median relative to that of the reference server. */
  ratio: number;
}

/** The paces of all routes with expected responses, and the routes without. */
export function pacesOf(steps: readonly StepFigures[]): { paces: Pace[]; failing: string[] } {
  const reference = steps.find(({ name }) => name === referenceStep.name);
  if (reference === undefined || reference.failed > 0)
    throw new Error('The reference server of the load generator did not respond to all requests.');
  const routes = steps.filter(({ name }) => name !== referenceStep.name);
  return {
    paces: routes
      .filter(({ total, failed }) => failed < total)
      .map(({ name, minMs, p50Ms }) => ({
        route: name,
        fastestMs: minMs,
        p50Ms,
        ratio: p50Ms / reference.p50Ms,
      })),
    failing: routes
      .filter(({ failed }) => failed > 0)
      .map(
        ({ name, total, failed, failures }) =>
          `${name}: ${failed} of ${total} requests ended with ${Object.keys(failures).join(', ').replace(/^0$/, 'no response')}`,
      ),
  };
}

/**
 * Whether the platform as a whole is so slow that no further requests are needed: most routes would be slow on any
 * machine, and this one is not busy, because the reference server is much faster.
 */
export function mostAreSlow(paces: readonly Pace[]): boolean {
  const slow = paces.filter(({ route, fastestMs, ratio }) => {
    const { limit, limitMs } = limitsOf(route);
    return fastestMs > limitMs && ratio > limit;
  });
  return slow.length > paces.length / 2;
}

const limitsOf = (route: string): { limit: number; limitMs: number } =>
  heavyRoutes.has(route)
    ? { limit: heavyRatio, limitMs: maxHeavyFastestMs }
    : { limit: maxRatio, limitMs: maxFastestMs };

/** Routes that are slow on this machine. `sure`: they would be on any. */
export function slowRoutes(paces: readonly Pace[]): { text: string; sure: boolean }[] {
  return paces.flatMap(({ route, fastestMs, p50Ms, ratio }): { text: string; sure: boolean }[] => {
    const { limit, limitMs } = limitsOf(route);
    if (fastestMs > limitMs)
      return [
        {
          text: `${route}: no response within ${limitMs} ms, the fastest took ${fastestMs.toFixed(1)} ms`,
          sure: true,
        },
      ];
    return ratio > limit
      ? [
          {
            text: `${route}: ${p50Ms.toFixed(1)} ms, ${ratio.toFixed(1)} times a bare server (limit ${limit})`,
            sure: false,
          },
        ]
      : [];
  });
}

/** How much slower than in the baseline a route may be: by this factor and by this time, milliseconds. */
const maxSlowdown = 2.5;
const minSlowdownMs = 10;

/**
 * Routes that are slower than in an accepted run of the same machine. Both the median relative to the reference server
 * and the fastest response must be: other work on the machine changes one of them at most. New routes have no baseline.
 */
export function slowerRoutes(paces: readonly Pace[], baseline: readonly Pace[]): string[] {
  const accepted = new Map(baseline.map((pace) => [pace.route, pace]));
  return paces.flatMap(({ route, fastestMs, ratio }) => {
    const before = accepted.get(route);
    if (before === undefined) return [];
    const slower =
      ratio > before.ratio * maxSlowdown &&
      fastestMs > before.fastestMs * maxSlowdown &&
      fastestMs - before.fastestMs > minSlowdownMs;
    return slower
      ? [`${route}: at least ${fastestMs.toFixed(1)} ms, ${before.fastestMs.toFixed(1)} ms in the baseline`]
      : [];
  });
}
