import { describe, expect, it } from 'vitest';
import { endOf } from './staircase.ts';

const step = (cores: number, changes: { keptUp?: boolean; saturated?: string } = {}) => ({
  rate: 100,
  keptUp: changes.keptUp ?? false,
  busiest: [{ service: 'gateway' as const, cores, loopDelayMs: 40 }],
  generator: {
    engine: 'embedded' as const,
    lagP99Ms: 1,
    busy: 0.1,
    ...(changes.saturated === undefined ? {} : { saturated: changes.saturated }),
  },
});

describe('what ended a staircase', () => {
  it.each([
    ['a service with a whole core', [step(0.97)], /^gateway used 97 % of a core/],
    ['the generator', [step(0.3, { saturated: 'it was late' })], /^The generator was saturated: it was late/],
    ['neither', [step(0.3)], /^No service was busy.*connections, locks and limits/],
    ['nothing', [step(0.3, { keptUp: true })], /^Every step was kept up with/],
  ])('is %s', (_, steps, expected) => {
    expect(endOf(steps)).toMatch(expected);
  });
});
