import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestedPlatform, type TestedPlatform } from '../../testing/tested-platform.ts';
import { withTriggers } from '../../testing/with-triggers.ts';

let platform: TestedPlatform;
beforeAll(async () => {
  platform = await openTestedPlatform({ name: 'idempotency' });
}, 90_000);
afterAll(() => platform?.[Symbol.asyncDispose]());

const result = () => platform.resultOf('api.idempotency.repetitions-have-one-effect');

describe('the check of idempotency keys', { timeout: 150_000 }, () => {
  it('passes on the platform', async () => {
    expect(await result()).toMatchObject({ outcome: 'pass', observed: { notHonoured: [] } });
  });

  it('names the routes of a service that forgets keys', async () => {
    const forgets = (schema: string) => ({
      on: `before insert on ${schema}.idempotency_keys`,
      does: 'return null;',
    });
    const { outcome, observed } = await withTriggers(
      platform.admin,
      ['files', 'identity'].map(forgets),
      result,
    );
    const notHonoured = observed.notHonoured as string[];
    expect(outcome).toBe('fail');
    expect(new Set(notHonoured.map((line) => line.split('.')[0]))).toEqual(
      new Set(['file-service', 'platform-services']),
    );
    expect(notHonoured.find((line) => line.startsWith('platform-services.createWorkspace'))).toMatch(
      /4 of 4 requests at once had an effect|the repetition got/,
    );
  });
});
