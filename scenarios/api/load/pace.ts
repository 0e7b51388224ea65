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
/** A route that is slower than the other routes by this factor and this time, milliseconds, is slow on any machine. */
const maxPeerRatio = 8;
const minPeerDifferenceMs = 60;

/** How fast a route is on this machine at this moment. */
export interface Pace {
  route: string;
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
      .map(({ name, p50Ms }) => ({ route: name, p50Ms, ratio: p50Ms / reference.p50Ms })),
    failing: routes
      .filter(({ failed }) => failed > 0)
      .map(
        ({ name, total, failed, failures }) =>
          `${name}: ${failed} of ${total} requests ended with ${Object.keys(failures).join(', ').replace(/^0$/, 'no response')}`,
      ),
  };
}

/** Routes that are slow on any machine, one sentence each. */
export function slowRoutes(paces: readonly Pace[]): string[] {
  const sorted = paces.map(({ p50Ms }) => p50Ms).sort((a, b) => a - b);
  const typicalMs = sorted[Math.floor(sorted.length / 2)] ?? 0;
  return paces.flatMap(({ route, p50Ms, ratio }) => {
    const heavy = heavyRoutes.has(route);
    const limit = heavy ? heavyRatio : maxRatio;
    const text = `${route}: ${p50Ms.toFixed(1)} ms`;
    if (ratio > limit) return [`${text}, ${ratio.toFixed(1)} times a bare server (limit ${limit})`];
    const aside = !heavy && p50Ms > maxPeerRatio * typicalMs && p50Ms - typicalMs > minPeerDifferenceMs;
    return aside ? [`${text}, while a typical route takes ${typicalMs.toFixed(1)} ms`] : [];
  });
}
