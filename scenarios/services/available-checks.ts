import { setTimeout as pause } from 'node:timers/promises';
import { type CheckDefinition, defineCheck, empty, equals } from '../../harness/engine/index.ts';
import { Readiness } from '../../platform/contracts/operational.ts';
import { servedBy, summary } from '../kit/response.ts';
import { valueAt } from '../kit/shape.ts';
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
    title: `${service} is available and does its work`,
    why: `Only a service that does its work is available. The check requests ${probe.requested} ${rounds} times in sequence, directly at the service’s port.`,
    category: 'services',
    severity: 'blocker',
    weight: 4,
    conditions: ['service-availability'],
    needs: ownSession
      ? [readyCheckId(service)]
      : [readyCheckId(service), 'services.platform-services.available'],
    services: service === 'platform-services' ? [service] : [service, 'platform-services'],
    staysUp: [service],
    remediation: {
      text: `Each problem names request and response. 501: implement the route. 503: see which dependency /ready names. Changing responses: check logs/${service}.log for restarts and for state kept in one process.`,
      effort: 'weeks',
    },
    expects: { ready: equals(rounds), worked: equals(rounds), problems: empty(), ended: empty() },
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
        const readiness = await context.http.request(service, '/ready');
        if (
          readiness.status === 200 &&
          servedBy(readiness) === service &&
          Readiness.safeParse(readiness.json).success &&
          valueAt(readiness.json, 'status') === 'ready'
        )
          ready += 1;
        else problems.push(`round ${round}: GET /ready returned ${summary(readiness)}`);
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
