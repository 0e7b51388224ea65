import { defineCheck, empty, equals } from '../../../harness/engine/index.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { forgeries, forgeryKinds } from '../../authentication/forgeries.ts';
import { readyCheckId } from '../../services/operational-routes.ts';
import { furtherSecurity } from '../check-fields.ts';

/** Routes of services behind the gateway; each attack is sent to all. */
const routes = [
  ['user-service', '/api/users/me'],
  ['airtable-gateway', '/api/airtable/v0/meta/whoami'],
  ['file-service', '/api/files'],
] as const;

export const forgeriesStopAtGateway = defineCheck({
  ...furtherSecurity,
  id: 'security.tokens.forgeries-stop-at-the-gateway',
  users: 2,
  title: 'A forged token gets no further than the gateway',
  failureTitle: 'A request with a forged token reaches a service',
  why: 'Every service verifies tokens itself, but the first line must hold too: what passes the gateway costs each service time and tries all of them at once (ASVS 5.0 8.3.1).',
  needs: [registrationWorks, ...routes.map(([service]) => readyCheckId(service))],
  requires: ['traces'],
  lasts: 10,
  waits: true,
  services: ['gateway', 'platform-services', ...routes.map(([service]) => service)],
  standards: ['ASVS 8.3.1', 'ASVS 9.1.1', 'API2'],
  remediation: {
    text: 'The gateway verifies the token before it opens a connection to a service. A line names the forgery and the services whose spans are in its trace.',
    effort: 'hours',
  },
  expects: { genuineArrives: equals([true, true, true]), reached: empty(), answeredByOthers: empty() },
  run: async (context) => {
    const [user, other] = [await context.account(), await context.account()];
    const { accessToken, address: from } = user;
    const forged = forgeries(accessToken, { other: other.accessToken }).filter(({ name }) =>
      forgeryKinds.includes(name),
    );
    const reached: string[] = [];
    const answeredByOthers: string[] = [];
    const [genuine] = await Promise.all([
      Promise.all(
        routes.map(([service, path]) =>
          context.traces.request('gateway', path, {
            token: accessToken,
            from,
            stops: [{ service: 'gateway' }, { service }],
          }),
        ),
      ),
      ...forged.flatMap(({ name, token }) =>
        routes.map(async ([service, path]) => {
          // Waits for a span of the service until the limit: its absence is what is measured.
          const traced = await context.traces.request('gateway', path, { token, from, stops: [{ service }] });
          const beyond = traced.services.filter((one) => one !== 'gateway');
          if (beyond.length > 0) reached.push(`${name}: ${beyond.join(', ')}`);
          const by = traced.exchange.headers['x-served-by'];
          if (by !== 'gateway') answeredByOthers.push(`${name} at ${path}: ${by ?? 'nobody'}`);
        }),
      ),
    ]);
    return {
      genuineArrives: (genuine as { visited: boolean }[]).map(({ visited }) => visited),
      reached: [...new Set(reached)].sort(),
      answeredByOthers: answeredByOthers.sort(),
    };
  },
  breaks: [
    {
      defect: 'The gateway forwards requests whose token it cannot verify.',
      changes: [
        {
          kind: 'exchange',
          path: /^\/api\/(?:users\/me|files|airtable\/v0\/meta\/whoami)/,
          response: (response) =>
            response.status === 401
              ? { headers: { ...response.headers, 'x-served-by': 'user-service' } }
              : response,
        },
      ],
      violates: ['answeredByOthers'],
    },
  ],
});
