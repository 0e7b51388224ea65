import { type CheckDefinition, defineCheck, empty, equals } from '../../harness/engine/index.ts';
import { Health, Readiness } from '../../platform/contracts/operational.ts';
import { type ServiceName, serviceNames } from '../../platform/contracts/service.ts';
import { servedBy } from '../kit/response.ts';
import { deviationsFrom, textAt, valueAt } from '../kit/shape.ts';

/** Id of the check on which everything about a service hangs. */
export function readyCheckId(name: ServiceName): string {
  return name === 'frontend' ? 'frontend.ready' : `services.${name}.ready`;
}

/** Every process, with the identity it must show, whether or not it does its work. */
export const readyChecks: readonly CheckDefinition[] = serviceNames.map((name) =>
  defineCheck({
    id: readyCheckId(name),
    title: `${name} runs, is itself, and has all its dependencies`,
    why: 'An answer on the right port proves little: the assessment’s suite took the MCP server for the authentication service. Here the process says who it is and what it can reach.',
    category: name === 'frontend' ? 'frontend' : 'services',
    severity: 'blocker',
    weight: 2,
    services: [name],
    ...(name === 'frontend' ? { conditions: ['frontend'] as const } : {}),
    remediation: {
      text: `Read logs/${name}.log of the run: a configuration error names the variable, a failed dependency is listed in the answer of /ready with its cause (for PostgreSQL the SQLSTATE).`,
      effort: 'days',
    },
    expects: {
      healthStatus: equals(200),
      healthBody: empty(),
      readyStatus: equals(200),
      readyBody: empty(),
      failedDependencies: empty(),
      identity: equals([name]),
      clockRuns: equals(true),
    },
    run: async ({ http }) => {
      const health = await http.request(name, '/health');
      const ready = await http.request(name, '/ready');
      const again = await http.request(name, '/health');
      const checks = Readiness.safeParse(ready.json);
      return {
        healthStatus: health.status,
        healthBody: deviationsFrom(Health, health.json),
        readyStatus: ready.status,
        readyBody: deviationsFrom(Readiness, ready.json),
        failedDependencies: Object.entries(checks.success ? checks.data.checks : {})
          .filter(([, { status }]) => status !== 'ok')
          .map(([dependency, { error }]) => `${dependency}: ${error ?? 'failed'}`),
        identity: [
          ...new Set([
            ...[health, ready].map((answer) => textAt(answer.json, 'service')),
            ...[health, ready].map((answer) => servedBy(answer) ?? 'unnamed'),
          ]),
        ],
        // A canned answer would repeat itself.
        clockRuns:
          Number(valueAt(again.json, 'uptime_s')) > Number(valueAt(health.json, 'uptime_s')) &&
          textAt(again.json, 'timestamp') > textAt(health.json, 'timestamp'),
      };
    },
  }),
);
