import type { Break } from '../../harness/engine/index.ts';
import type { ServiceName } from '../../platform/contracts/service.ts';
import { changeHeaders, changeJson, oneBreak, respondWith } from '../kit/breaks.ts';

export function readyBreaks(service: ServiceName): Break[] {
  const health = { service, path: /^\/health$/ };
  const ready = { service, path: /^\/ready$/ };
  const fixed = (json: object) => ({ ...json, uptime_s: 1, timestamp: '2025-08-07T00:00:00.000Z' });
  return [
    oneBreak(
      `${service} reports the same time and uptime forever.`,
      changeJson(health, fixed),
      'clockAdvances',
    ),
    oneBreak(
      `Another service responds at the address of ${service}.`,
      changeJson(ready, (json) => ({ ...json, service: 'somebody-else' })),
      'identity',
    ),
    oneBreak(
      `${service} is ready while a dependency has failed.`,
      changeJson(ready, (json) => ({
        ...json,
        checks: { store: { status: 'failed', latency_ms: 1, error: '28P01' } },
      })),
      'failedDependencies',
    ),
  ];
}

export function metricsBreaks(service: ServiceName): Break[] {
  const path = /^\/metrics$/;
  const counter = /^(http_requests_total\{.*) \S+$/gm;
  return [
    {
      defect: `${service} counts no request.`,
      changes: [
        {
          kind: 'exchange',
          service,
          path,
          response: ({ body }) => ({ body: Buffer.from(body.toString().replaceAll(counter, '$1 7')) }),
        },
      ],
      violates: ['countedRequests'],
    },
    oneBreak(
      `${service} serves its metrics as JSON.`,
      changeHeaders({ service, path }, { 'content-type': 'application/json' }),
      'contentType',
    ),
  ];
}

/** @param method method and path of the route that the document forgets */
export function openApiBreaks(service: ServiceName, forgotten: { method: string; path: string }): Break[] {
  const path = /^\/openapi\.json$/;
  const described = forgotten.path.replaceAll(/:(\w+)/g, '{$1}');
  return [
    oneBreak(
      `${service} does not describe ${forgotten.method} ${forgotten.path}.`,
      changeJson({ service, path }, (json) => ({
        ...json,
        paths: {
          ...json.paths,
          [described]: { ...json.paths[described], [forgotten.method.toLowerCase()]: undefined },
        },
      })),
      'missing',
    ),
    oneBreak(`${service} has no document.`, respondWith({ service, path }, 200, {}), 'version', 'missing'),
  ];
}
