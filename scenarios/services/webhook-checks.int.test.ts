import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestedPlatform, type TestedPlatform } from '../testing/tested-platform.ts';
import { withTriggers } from '../testing/with-triggers.ts';

let platform: TestedPlatform;
beforeAll(async () => {
  platform = await openTestedPlatform({ name: 'webhooks' });
}, 90_000);
afterAll(() => platform?.[Symbol.asyncDispose]());

const result = () => platform.resultOf('services.automation-services.webhook-messages');

describe('the check of webhooks', { timeout: 120_000 }, () => {
  it('passes on the platform', async () => {
    expect(await result()).toMatchObject({ outcome: 'pass', observed: { executions: 3 } });
  });

  it('notices a service that forgets the messages it has got', async () => {
    const sabotage = { on: 'before insert on automation.webhook_messages', does: 'return null;' };
    const { outcome, observed } = await withTriggers(platform.admin, [sabotage], result);
    expect(outcome).toBe('fail');
    expect(observed).toMatchObject({ executions: 4, repetition: expect.stringMatching(/^202 /) });
  });

  it('notices a secret that stays valid after its end', async () => {
    const sabotage = {
      on: 'before update on automation.webhooks',
      does: `new.former_secret := old.secret; new.former_until := now() + interval '1 day'; return new;`,
    };
    const { outcome, observed } = await withTriggers(platform.admin, [sabotage], result);
    expect(outcome).toBe('fail');
    expect(observed.accepted).toEqual([expect.stringMatching(/^a former secret after its end: 202/)]);
  });
});
