import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestedPlatform, type TestedPlatform } from '../../testing/tested-platform.ts';

let platform: TestedPlatform;
beforeAll(async () => {
  platform = await openTestedPlatform({ name: 'outages' });
}, 90_000);
afterAll(() => platform?.[Symbol.asyncDispose]());

describe('an outage', { timeout: 130_000 }, () => {
  it.each([
    'infrastructure.postgres-outage.heals-by-itself',
    'infrastructure.redis-outage.reads-go-on',
    'infrastructure.service-outage.others-keep-working',
  ])('is measured and heals on the platform: %s', async (id) => {
    expect(await platform.resultOf(id, { timeoutMs: 120_000 })).toMatchObject({
      outcome: 'pass',
      shortfall: undefined,
    });
  });
});
