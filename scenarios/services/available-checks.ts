import { setTimeout as pause } from 'node:timers/promises';
import {
  type CheckContext,
  type CheckDefinition,
  defineCheck,
  empty,
  equals,
} from '../../harness/engine/index.ts';
import { PlatformHealth } from '../../platform/contracts/gateway/contract.ts';
import { Readiness } from '../../platform/contracts/operational.ts';
import type { ServiceName } from '../../platform/contracts/service.ts';
import { servedBy, summary } from '../kit/response.ts';
import { valueAt } from '../kit/shape.ts';
import { availableBreaks } from './available-breaks.ts';
import { openDirectSession } from './direct-session.ts';
import { functionalProbes, runProbe } from './functional-probes.ts';
import { readyCheckId } from './operational-routes.ts';

/** Number of rounds per service, so that a single success is not enough. */
const rounds = 5;
const intervalMs = 400;

/** The nine services of the condition "service availability". */
export const availableChecks: readonly CheckDefinition[] = functionalProbes.map((probe) => {
  const { service } = probe;
  const ownSession = service === 'gateway' || service === 'platform-services';
  return defineCheck({
    id: `services.${service}.available`,
    // The probe of file-service counts the files of a new tenant.
    ...(service === 'gateway' || service === 'file-service' ? {} : { users: 1 }),
    title: `${service} is available and does its work`,
    why: `Only a service that does its work is available. The check requests ${probe.requested} ${rounds} times in sequence, directly at the service’s port. On a target without an address of the service it uses the gateway.`,
    category: 'services',
    severity: 'blocker',
    weight: 4,
    conditions: ['service-availability'],
    needs: ownSession
      ? [readyCheckId(service)]
      : [readyCheckId(service), 'services.platform-services.available'],
    services: service === 'platform-services' ? [service] : [service, 'platform-services'],
    staysUp: [service],
    // All of them run while the first long checks start.
    timeoutMs: 30_000,
    remediation: {
      text: `Each problem names request and response. 501: implement the route. 503: see which dependency /ready names. Changing responses: check logs/${service}.log for restarts and for state kept in one process.`,
      effort: 'weeks',
    },
    expects: { ready: equals(rounds), worked: equals(rounds), problems: empty(), ended: empty() },
    breaks: availableBreaks(probe),
    run: async (context) => {
      const problems: string[] = [];
      let ready = 0;
      let worked = 0;
      const { session, response } =
        service === 'gateway'
          ? { session: { email: '', accessToken: '', userId: '' }, response: undefined }
          : await openDirectSession(context);
      if (!session)
        problems.push(`no session: POST /auth/register returned ${response ? summary(response) : ''}`);
      for (let round = 1; session && round <= rounds; round += 1) {
        if (round > 1) await pause(intervalMs, undefined, { signal: context.signal });
        const unready = await readinessProblem(context, service);
        if (unready === undefined) ready += 1;
        else problems.push(`round ${round}: ${unready}`);
        const found = await runProbe(context, probe, session);
        if (found.length === 0) worked += 1;
        problems.push(...found.map((problem) => `round ${round}: ${problem}`));
      }
      const ended = context
        .exited()
        .filter(({ node }) => node === service)
        .map(({ reason }) => reason);
      return { ready, worked, problems, ended };
    },
  });
});

/** Why a service is not ready: by its own response, or by the gateway's where the harness has no address of it. */
async function readinessProblem(
  { http, reaches }: CheckContext,
  service: ServiceName,
): Promise<string | undefined> {
  if (!reaches(service)) {
    const health = await http.request('gateway', '/api/health');
    const { data } = PlatformHealth.safeParse(health.json);
    const report = data?.services.find(({ name }) => name === service);
    if (health.status !== 200 || !report) return `GET /api/health returned ${summary(health)}`;
    if (report.status === 'healthy') return undefined;
    return `the gateway reports ${report.status}: ${report.error ?? 'no reason'}`;
  }
  const readiness = await http.request(service, '/ready');
  const isReady =
    readiness.status === 200 &&
    servedBy(readiness) === service &&
    Readiness.safeParse(readiness.json).success &&
    valueAt(readiness.json, 'status') === 'ready';
  return isReady ? undefined : `GET /ready returned ${summary(readiness)}`;
}
