import { z } from 'zod';
import { route } from './route.ts';
import { serviceNames } from './service.ts';

const name = z.enum(serviceNames);

/** Liveness and identity. Independent of the service's dependencies. */
export const Health = z.object({
  status: z.literal('ok'),
  service: name,
  version: z.string(),
  timestamp: z.iso.datetime(),
  uptime_s: z.number().nonnegative(),
});
export type Health = z.infer<typeof Health>;

export const DependencyState = z.object({
  status: z.enum(['ok', 'failed']),
  latency_ms: z.number().nonnegative(),
  error: z.string().optional().describe('Reason of the failure; for PostgreSQL it starts with the SQLSTATE'),
});

/** Readiness: 200 if every dependency responds, else 503 with the same body. */
export const Readiness = z.object({
  status: z.enum(['ready', 'not-ready']),
  service: name,
  version: z.string(),
  checks: z.record(z.string(), DependencyState),
});
export type Readiness = z.infer<typeof Readiness>;

/** Routes of each of the ten processes. */
export const operationalRoutes = {
  health: route({
    method: 'GET',
    path: '/health',
    summary: 'Liveness and identity',
    access: 'public',
    success: { status: 200, description: 'The process is running', schema: Health },
  }),
  ready: route({
    method: 'GET',
    path: '/ready',
    summary: 'Readiness, with the state of every dependency',
    access: 'public',
    success: { status: 200, description: 'Every dependency responds', schema: Readiness },
    otherResponses: { 503: { description: 'A dependency does not respond', schema: Readiness } },
  }),
  metrics: route({
    method: 'GET',
    path: '/metrics',
    summary: 'Prometheus metrics',
    access: 'public',
    success: { status: 200, description: 'Prometheus text format', contentType: 'text/plain' },
  }),
  openapi: route({
    method: 'GET',
    path: '/openapi.json',
    summary: 'OpenAPI 3.1 document of this service',
    access: 'public',
    success: { status: 200, description: 'OpenAPI document', schema: z.looseObject({ openapi: z.string() }) },
  }),
} as const;
