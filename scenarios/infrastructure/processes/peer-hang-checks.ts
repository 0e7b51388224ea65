import { atLeast, atMost, type Break, defineCheck, equals } from '../../../harness/engine/index.ts';
import type { ServiceName } from '../../../platform/contracts/service.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { textAt, valueAt } from '../../kit/shape.ts';
import { readyCheckId } from '../../services/operational-routes.ts';
import { type SeenFailure, seeFailure } from '../upstreams/seen-failure.ts';
import { openHangingPeer } from './hanging-peer.ts';

/** Maximum time of a response, milliseconds: ten seconds for a call of another service, and a busy machine. */
const responseLimitMs = 15_000;

/** A tool reports its failure in the body of a 200. */
const failedTool = 'failed tool: airtable-gateway did not respond in time.';

const breaks: readonly Break[] = [
  {
    defect: 'Calls of other services have no time limit.',
    changes: [
      {
        kind: 'source',
        file: 'platform/kit/peers/peer-request.ts',
        find: 'AbortSignal.timeout(options.timeoutMs ?? 10_000)',
        replace: 'AbortSignal.timeout(600_000)',
      },
    ],
    violates: ['silent', 'slowest'],
  },
  {
    defect: 'The response of another service may take any time to be complete.',
    changes: [
      {
        kind: 'source',
        file: 'platform/kit/peers/client.ts',
        find: 'readBody(peer, response, limit, timeoutMs)',
        replace: 'readBody(peer, response, limit)',
      },
    ],
    violates: ['stalled', 'slowest'],
  },
  {
    defect: 'Services wait for the keys of tokens without a time limit.',
    changes: [
      {
        kind: 'source',
        file: 'platform/kit/auth/token-verifier.ts',
        find: 'const jwksTimeoutMs = 8_000;',
        replace: 'const jwksTimeoutMs = 600_000;',
      },
    ],
    violates: ['withoutKeys', 'slowest'],
  },
];

export const hangingPeersAreLeft = defineCheck({
  id: 'infrastructure.hang.calls-between-services-end-in-time',
  title: 'Calls of services that hang end in time',
  failureTitle: 'A service waits without end for another one that hangs',
  why: 'Services call each other. One that hangs must not make all others hang: each call needs a time limit, for the head and for the body of the response.',
  category: 'infrastructure',
  severity: 'high',
  needs: [registrationWorks, ...(['mcp-server', 'user-service'] as const).map(readyCheckId)],
  services: ['platform-services', 'mcp-server', 'user-service'],
  requires: ['process-control', 'registration'],
  timeoutMs: 60_000,
  remediation: {
    text: 'Every call goes through platform/kit/peers, which limits head and body; the keys of tokens are fetched by platform/kit/auth/token-verifier.ts.',
    effort: 'hours',
  },
  expects: {
    silent: equals(failedTool),
    stalled: equals(failedTool),
    withoutKeys: equals('503 not_ready'),
    slowest: atMost(responseLimitMs, 'ms'),
    hangingCalls: atLeast(3, 'calls'),
  },
  breaks,
  async run(context) {
    const { http, signal } = context;
    const user = await context.account();
    await using silent = await openHangingPeer('silent');
    await using stalled = await openHangingPeer('stalled');
    const see = async (
      service: ServiceName,
      set: Readonly<Record<string, string>>,
      request: { path: string; method?: string; body?: unknown },
    ): Promise<SeenFailure> => {
      await using other = await context.processes().startAnother(service, { set }, signal);
      const { path, ...options } = request;
      return await seeFailure(() =>
        http.request(service, path, {
          ...options,
          at: other.url,
          token: user.accessToken,
          from: user.address,
          timeoutMs: responseLimitMs,
        }),
      );
    };
    const callTool = (url: string) =>
      see(
        'mcp-server',
        { AIRTABLE_GATEWAY_URL: url },
        { path: '/tools/call', method: 'POST', body: { name: 'list_bases', arguments: {} } },
      );
    const [ofSilent, ofStalled, withoutKeys] = await Promise.all([
      callTool(silent.url),
      callTool(stalled.url),
      see('user-service', { PLATFORM_SERVICES_URL: silent.url }, { path: '/users/me' }),
    ]);
    const seen = { ofSilent, ofStalled, withoutKeys };
    await context.keep(
      'seen.json',
      Object.entries(seen).map(([name, { outcome, tookMs, text }]) => ({ name, outcome, tookMs, text })),
    );
    const ofTool = ({ outcome, json }: SeenFailure) =>
      valueAt(json, 'success') === false ? `failed tool: ${textAt(json, 'error')}` : outcome;
    return {
      silent: ofTool(ofSilent),
      stalled: ofTool(ofStalled),
      withoutKeys: withoutKeys.outcome,
      slowest: Math.max(...Object.values(seen).map(({ tookMs }) => tookMs)),
      hangingCalls: silent.requests + stalled.requests,
    };
  },
});
