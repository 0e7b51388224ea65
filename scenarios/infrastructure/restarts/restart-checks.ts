import {
  atLeast,
  atMost,
  type CheckContext,
  defineCheck,
  empty,
  equals,
} from '../../../harness/engine/index.ts';
import { serviceNames } from '../../../platform/contracts/service.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { readyCheckId } from '../../services/operational-routes.ts';
import { type Restarts, restartNodes } from './restart-nodes.ts';

const behindGateway = serviceNames.filter((name) => name !== 'gateway');
/** Maximum time from the stop signal until all routes respond again, milliseconds; the assessment's limit of a start. */
const recoveryLimitMs = 30_000;

const shared = {
  category: 'infrastructure',
  severity: 'high',
  needs: [registrationWorks, ...serviceNames.map(readyCheckId)],
  services: serviceNames,
  isolation: 'exclusive',
} as const;

const expects = (nodes: number) =>
  ({
    restarted: equals(nodes),
    requests: atLeast(30 * nodes, 'requests'),
    notBack: empty(),
    uncleanStops: empty(),
    otherErrors: empty(),
    lost: empty(),
    recovery: atMost(recoveryLimitMs, 'ms'),
  }) as const;

/** Maximum number of errors in the report; the evidence counts all of them. */
const shownErrors = 20;

const observations = (nodes: readonly string[], restarts: Restarts) => ({
  restarted: nodes.length - restarts.notBack.length,
  requests: restarts.requests,
  notBack: restarts.notBack,
  uncleanStops: restarts.uncleanStops,
  otherErrors: restarts.otherErrors.slice(0, shownErrors),
  lost: restarts.lost,
  recovery: restarts.recovery,
});

async function restartAll(context: CheckContext, nodes: readonly string[]) {
  return observations(nodes, await restartNodes(context, nodes));
}

export const gatewayRestart = defineCheck({
  ...shared,
  id: 'infrastructure.restart.gateway-comes-back',
  title: 'A restart of the gateway ends no running request',
  why: 'Every deployment restarts the gateway. Requests that it has accepted must get their response, and it must come back without help.',
  requires: ['node-restart'],
  timeoutMs: 60_000,
  remediation: {
    text: 'On SIGTERM stop accepting connections, finish the running requests, then exit with code 0. Start without waiting for other services.',
    effort: 'days',
  },
  expects: expects(1),
  run: (context) => restartAll(context, ['gateway']),
});

export const serviceRestarts = defineCheck({
  ...shared,
  id: 'infrastructure.restart.services-come-back',
  title: 'A restarted service affects its own routes only',
  why: 'Deployments and crashes restart single services. Clients must see the documented 502 and 503 of that service, nothing else, and no other service may need a restart.',
  requires: ['node-restart'],
  timeoutMs: 240_000,
  remediation: {
    text: 'Look at the first error: a 500 is an error that was not mapped to a problem; an error of another service is a dependency that it should do without; an unclean stop is a missing SIGTERM handler.',
    effort: 'days',
  },
  expects: expects(behindGateway.length),
  run: (context) => restartAll(context, behindGateway),
});

export const postgresRestart = defineCheck({
  ...shared,
  id: 'infrastructure.restart.services-outlive-postgres-restart',
  title: 'A restart of the database needs no other restart',
  why: 'Minor updates of PostgreSQL restart it. Services must respond with 503 meanwhile, connect again by themselves, and lose nothing confirmed.',
  requires: ['node-restart'],
  timeoutMs: 60_000,
  remediation: {
    text: 'Map refused connections and interrupted statements to 503 not_ready with Retry-After, and let the pool replace broken connections.',
    effort: 'days',
  },
  expects: expects(1),
  run: (context) => restartAll(context, ['postgres']),
});

export const redisRestart = defineCheck({
  ...shared,
  id: 'infrastructure.restart.services-outlive-redis-restart',
  title: 'Redis keeps ended sessions over a restart',
  why: 'Only sign-in and sign-out need Redis: everything else must work on. A session that was ended must stay ended.',
  requires: ['node-restart', 'redis-admin'],
  timeoutMs: 60_000,
  remediation: {
    text: 'Set appendonly yes and keep the data folder of Redis on a volume. Count limits locally while Redis is away.',
    effort: 'days',
  },
  expects: { ...expects(1), ended: atLeast(1, 'sessions'), endedAgain: empty() },
  run: async (context) => {
    const restarts = await restartNodes(context, ['redis']);
    const { sessions } = restarts.confirmed;
    const kept = new Set(await context.redis().zrange('auth:revoked-sessions', '0', '-1'));
    return {
      ...observations(['redis'], restarts),
      ended: sessions.length,
      endedAgain: sessions.map(({ id }) => id).filter((id) => !kept.has(id)),
    };
  },
});

export const redundantRestarts = defineCheck({
  ...shared,
  id: 'infrastructure.restart.redundant-nodes-are-not-missed',
  title: 'Restarts of standby, replica and Sentinels go unnoticed',
  why: 'The second server is there for the death of the first. Its own restart must not cause one failed request.',
  requires: ['node-restart', 'high-availability'],
  timeoutMs: 90_000,
  remediation: {
    text: 'Let replicas follow again by themselves, and keep the time without a confirming standby below the time limits of statements.',
    effort: 'days',
  },
  expects: expects(5),
  run: (context) =>
    restartAll(
      context,
      context.restarts().nodes.filter((node) => /^(postgres|redis)-/.test(node)),
    ),
});
