import {
  atLeast,
  type CheckDefinition,
  defineCheck,
  empty,
  equals,
  matches,
} from '../../harness/engine/index.ts';
import { catalogue } from '../../platform/contracts/catalogue.ts';
import { Health, operationalRoutes, Readiness } from '../../platform/contracts/operational.ts';
import type { ServiceName } from '../../platform/contracts/service.ts';
import { servedBy } from '../kit/response.ts';
import { deviationsFrom, textAt, valueAt } from '../kit/shape.ts';
import { metricsBreaks, openApiBreaks, readyBreaks } from './operational-breaks.ts';
import { parsePrometheus, type Sample } from './prometheus-text.ts';

const idPrefix = (name: ServiceName): string => (name === 'frontend' ? name : `services.${name}`);

/** Every other check of the service needs this one. */
export function readyCheckId(name: ServiceName): string {
  return `${idPrefix(name)}.ready`;
}

/** Checks of the operational routes that every service has: health, readiness, metrics and OpenAPI. */
export function defineOperationalChecks(name: ServiceName): CheckDefinition[] {
  return [readyCheck(name), metricsCheck(name), openApiCheck(name)];
}

/** Time limit of a response to /health, which waits for nothing: a program that hangs is named soon. Milliseconds. */
const healthLimitMs = 4_000;

const categoryOf = (name: ServiceName) => (name === 'frontend' ? 'frontend' : 'services');

function readyCheck(name: ServiceName): CheckDefinition {
  return defineCheck({
    id: readyCheckId(name),
    title: `${name} is ready with all dependencies`,
    why: 'A response on the right port proves little: the assessment’s suite mistook the MCP server for the authentication service. Here the process states its name and its dependencies.',
    category: categoryOf(name),
    severity: 'blocker',
    weight: 2,
    services: [name],
    ...(name === 'frontend' ? { conditions: ['frontend'] as const, staysUp: [name] } : {}),
    remediation: {
      text: `Read logs/${name}.log of the run: a configuration error names the variable. The response of /ready lists each failed dependency with its cause (for PostgreSQL the SQLSTATE).`,
      effort: 'days',
    },
    expects: {
      healthStatus: equals(200),
      healthBody: empty(),
      readyStatus: equals(200),
      readyBody: empty(),
      failedDependencies: empty(),
      identity: equals([name]),
      clockAdvances: equals(true),
    },
    breaks: readyBreaks(name),
    run: async ({ http }) => {
      const health = await http.request(name, '/health', { timeoutMs: healthLimitMs });
      const ready = await http.request(name, '/ready');
      const again = await http.request(name, '/health');
      const readiness = Readiness.safeParse(ready.json);
      return {
        healthStatus: health.status,
        healthBody: deviationsFrom(Health, health.json),
        readyStatus: ready.status,
        readyBody: deviationsFrom(Readiness, ready.json),
        failedDependencies: Object.entries(readiness.success ? readiness.data.checks : {})
          .filter(([, { status }]) => status !== 'ok')
          .map(([dependency, { error }]) => `${dependency}: ${error ?? 'failed'}`),
        identity: [
          ...new Set([
            ...[health, ready].map((response) => textAt(response.json, 'service')),
            ...[health, ready].map((response) => servedBy(response) ?? 'unnamed'),
          ]),
        ],
        // A fixed response would repeat itself.
        clockAdvances:
          Number(valueAt(again.json, 'uptime_s')) > Number(valueAt(health.json, 'uptime_s')) &&
          textAt(again.json, 'timestamp') > textAt(health.json, 'timestamp'),
      };
    },
  });
}

const requests = 3;

/** The gateway has a histogram per route and status: more than 1 MiB after many checks. */
const maxBodyBytes = 16 * 1024 * 1024;

function metricsCheck(name: ServiceName): CheckDefinition {
  return defineCheck({
    id: `${idPrefix(name)}.metrics`,
    title: `${name} counts its requests in its metrics`,
    why: 'Alerts depend on these numbers. A counter that does not change with requests hides every outage.',
    category: categoryOf(name),
    severity: 'high',
    needs: [readyCheckId(name)],
    services: [name],
    remediation: {
      text: 'Count every response in http_requests_total{method,route,status_code} (platform/kit/observe/metrics.ts), and serve the registry at /metrics in text format.',
      effort: 'hours',
    },
    expects: {
      status: equals(200),
      servedBy: equals(name),
      contentType: matches(/^text\/plain/),
      invalidLines: empty(),
      countedRequests: atLeast(requests, 'requests'),
      hasDurations: equals(true),
    },
    breaks: metricsBreaks(name),
    run: async ({ http }) => {
      const read = () => http.request(name, '/metrics', { maxBodyBytes });
      const before = parsePrometheus((await read()).text);
      for (let request = 0; request < requests; request += 1) await http.request(name, '/health');
      const response = await read();
      const after = parsePrometheus(response.text);
      return {
        status: response.status,
        servedBy: servedBy(response),
        contentType: response.headers['content-type'] ?? '',
        invalidLines: after.invalid.slice(0, 10),
        countedRequests: healthRequestCount(after.samples) - healthRequestCount(before.samples),
        hasDurations: after.samples.some((sample) => sample.name === 'http_request_duration_seconds_bucket'),
      };
    },
  });
}

function healthRequestCount(samples: readonly Sample[]): number {
  return samples
    .filter(({ name, labels }) => name === 'http_requests_total' && labels.route === '/health')
    .reduce((sum, { value }) => sum + value, 0);
}

function openApiCheck(name: ServiceName): CheckDefinition {
  const contract = catalogue.find((candidate) => candidate.name === name);
  const routes = [...Object.values(operationalRoutes), ...Object.values(contract?.routes ?? {})];
  return defineCheck({
    id: `${idPrefix(name)}.openapi-complete`,
    title: `${name} describes all routes in OpenAPI`,
    why: 'Teams generate clients from this document. They cannot use a route that is missing in it.',
    category: categoryOf(name),
    severity: 'high',
    needs: [readyCheckId(name)],
    services: [name],
    remediation: {
      text: 'Declare the missing routes in platform/contracts; the document is generated from there.',
      effort: 'hours',
    },
    expects: {
      status: equals(200),
      servedBy: equals(name),
      version: matches(/^3\.1\./),
      missing: empty(),
    },
    breaks: openApiBreaks(name, routes.at(-1) ?? operationalRoutes.health),
    run: async ({ http }) => {
      const response = await http.request(name, '/openapi.json');
      const missing = routes.filter(({ method, path, success }) => {
        const described = path.replaceAll(/:(\w+)/g, '{$1}');
        const operation = valueAt(response.json, 'paths', described, method.toLowerCase());
        return valueAt(operation, 'responses', String(success.status)) === undefined;
      });
      return {
        status: response.status,
        servedBy: servedBy(response),
        version: textAt(response.json, 'openapi'),
        missing: missing.map(({ method, path }) => `${method} ${path}`),
      };
    },
  });
}
