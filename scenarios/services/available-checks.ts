import { setTimeout as pause } from 'node:timers/promises';
import { type CheckDefinition, defineCheck, empty, equals } from '../../harness/engine/index.ts';
import { Readiness } from '../../platform/contracts/operational.ts';
import { servedBy, summary } from '../kit/response.ts';
import { valueAt } from '../kit/shape.ts';
import { readyCheckId } from './define-operational-checks.ts';
import { openDirectSession } from './direct-session.ts';
import { functionalProbes, runProbe } from './functional-probes.ts';

/** Times each service is looked at, and the time between, so that one lucky moment is not enough. */
const probes = 5;
const intervalMs = 400;

/** The nine services of the condition "service availability": ready and at work, over a window. */
export const availableChecks: readonly CheckDefinition[] = functionalProbes.map((probe) => {
  const { service } = probe;
  const ownSession = service === 'gateway' || service === 'platform-services';
  return defineCheck({
    id: `services.${service}.available`,
    title: `${service} is available: ready and at work, every time in a row`,
    why: `Availability is counted over services that do their work. This one is asked for ${probe.asks}, ${probes} times over a while, straight at its own port.`,
    category: 'services',
    severity: 'blocker',
    weight: 4,
    conditions: ['service-availability'],
    needs: ownSession
      ? [readyCheckId(service)]
      : [readyCheckId(service), 'services.platform-services.available'],
    services: service === 'platform-services' ? [service] : [service, 'platform-services'],
    remediation: {
      text: `Each problem names request and answer. 501: build the route. 503: see which dependency /ready names. Changing answers: look for restarts and for state kept in one process in logs/${service}.log.`,
      effort: 'weeks',
    },
    expects: { ready: equals(probes), worked: equals(probes), problems: empty(), ended: empty() },
    run: async (context) => {
      const problems: string[] = [];
      let ready = 0;
      let worked = 0;
      const { session, answer } =
        service === 'gateway'
          ? { session: { email: '', accessToken: '', userId: '' }, answer: undefined }
          : await openDirectSession(context);
      if (!session)
        problems.push(
          `no session to work with: POST /auth/register answered ${answer ? summary(answer) : ''}`,
        );
      for (let probeNumber = 1; session && probeNumber <= probes; probeNumber += 1) {
        if (probeNumber > 1) await pause(intervalMs, undefined, { signal: context.signal });
        const readiness = await context.http.request(service, '/ready');
        if (
          readiness.status === 200 &&
          servedBy(readiness) === service &&
          Readiness.safeParse(readiness.json).success &&
          valueAt(readiness.json, 'status') === 'ready'
        )
          ready += 1;
        else problems.push(`probe ${probeNumber}: GET /ready answered ${summary(readiness)}`);
        const wrong = await runProbe(context, probe, session);
        if (wrong.length === 0) worked += 1;
        problems.push(...wrong.map((what) => `probe ${probeNumber}: ${what}`));
      }
      const ended = context
        .exited()
        .filter(({ node }) => node === service)
        .map(({ reason }) => reason);
      return { ready, worked, problems, ended };
    },
  });
});
