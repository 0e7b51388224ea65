import { defineCheck, empty, equals } from '../../../harness/engine/index.ts';
import { clientCheck } from '../client-check.ts';
import { mcpConformanceBreak } from './client-breaks.ts';
import { applyingScenarios, otherScenarios } from './mcp-conformance/applying-scenarios.ts';
import { assessScenarios } from './mcp-conformance/assess-scenarios.ts';

export const mcpConformance = defineCheck({
  ...clientCheck,
  id: 'api.clients.mcp-conformance',
  lasts: 10,
  title: 'The MCP conformance suite finds no failure',
  why: 'The authors of the protocol publish this suite. It sends what SDKs do not: wrong headers, unknown methods, foreign origins, and every revision.',
  severity: 'high',
  requires: ['mcp-conformance'],
  needs: [...clientCheck.needs, 'services.mcp-server.available'],
  services: ['gateway', 'mcp-server', 'airtable-gateway'],
  remediation: {
    text: 'Read the failed check in mcp-conformance.json of the evidence and correct the server. A scenario for a feature that the server does not have belongs into scenarios/api/clients/mcp-conformance/applying-scenarios.ts, with the reason.',
    effort: 'days',
  },
  // The suite waits only some seconds for a frame, and takes four when it runs alone.
  isolation: 'exclusive',
  timeoutMs: 90_000,
  expects: {
    scenarios: equals(Object.keys(applyingScenarios).length),
    failed: empty(),
    outdatedLists: empty(),
  },
  breaks: [mcpConformanceBreak],
  async run({ account, mcpConformance, stack }) {
    const { accessToken } = await account();
    const scenarios = await mcpConformance({ url: `${stack.services.gateway}/api/mcp`, token: accessToken });
    const { measured, failed, outdated } = assessScenarios(scenarios, applyingScenarios, otherScenarios);
    return { scenarios: measured, failed, outdatedLists: outdated };
  },
});
