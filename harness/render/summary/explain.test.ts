import { describe, expect, it } from 'vitest';
import { samplePlannedCheck } from '../testing/sample-plan.ts';
import { explainCheck } from './explain.ts';

describe('explainCheck', () => {
  it('gives all that a person needs to act on a check', () => {
    expect(explainCheck(samplePlannedCheck())).toMatchInlineSnapshot(`
      "Login with valid credentials
      auth.login.valid-credentials

      Why         Users who cannot sign in cannot use the product.

      Expects     status must be 200
                  durationMs must be at most 500 ms

      Category    authentication, weight 2, severity blocker
      Conditions  authentication
      Needs       services.platform-services.ready
      Services    gateway, platform-services
      Time limit  15.0 s

      How to fix  Read the log of platform-services from the failed request on. (hours)

      Docs        docs/checks.md#authloginvalid-credentials
      Run         npm run readiness -- check auth.login.valid-credentials
      "
    `);
  });

  it('says that a check without expectations can never pass', () => {
    expect(explainCheck(samplePlannedCheck({ expects: {} }))).toContain('can never pass');
  });

  it('wraps its sentences but not the command and the link', () => {
    const terminal = { columns: 40, rows: 24, colour: false, interactive: false };
    const text = explainCheck(samplePlannedCheck(), terminal);
    expect(text).toContain('npm run readiness -- check auth.login.valid-credentials');
    for (const line of text.split('\n'))
      if (!/npm run|docs\//.test(line)) expect(line.length).toBeLessThanOrEqual(40);
  });
});
