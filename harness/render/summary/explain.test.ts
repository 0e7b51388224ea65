import { describe, expect, it } from 'vitest';
import { samplePlannedCheck } from '../testing/sample-plan.ts';
import { explainCheck } from './explain.ts';

const reproduce = 'npm run readiness -- check auth.login.valid-credentials';

describe('explainCheck', () => {
  it('tells all that a person needs to act on a check', () => {
    expect(explainCheck(samplePlannedCheck(), { reproduce })).toMatchInlineSnapshot(`
      "Login with valid credentials
      auth.login.valid-credentials

      Why         Who cannot sign in cannot use anything else.

      Expects     status must be 200
                  durationMs must be at most 500 ms

      Counts      authentication, weight 2 within it, severity blocker
      Feeds       authentication
      Needs       services.platform-services.ready
      Services    gateway, platform-services
      Limit       15.0 s

      Mend        Read the log of platform-services from the failed request on. (hours)

      Repeat      npm run readiness -- check auth.login.valid-credentials
      "
    `);
  });

  it('admits that a check without expectations cannot pass', () => {
    expect(explainCheck(samplePlannedCheck({ expects: {} }), { reproduce })).toContain('can never pass');
  });

  it('wraps its sentences and leaves the command whole', () => {
    const terminal = { columns: 40, rows: 24, colour: false, interactive: false };
    const text = explainCheck(samplePlannedCheck(), { reproduce, terminal });
    expect(text).toContain(reproduce);
    for (const line of text.split('\n'))
      if (!line.includes('npm run')) expect(line.length).toBeLessThanOrEqual(40);
  });
});
