import { z } from 'zod';
import { route } from './route.ts';
import { serviceNames } from './service.ts';

const name = z.enum(serviceNames);

/** Liveness and identity: answers as long as the process runs, whatever its dependencies do. */
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
  error: z.string().optional().describe('Why it failed; for PostgreSQL starting with the SQLSTATE'),
});

/** Readiness: 200 only when every dependency answers, else 503 with the same body. */
export const Readiness = z.object({
  status: z.enum(['ready', 'not-ready']),
  service: name,
  version: z.string(),
  checks: z.record(z.string(), DependencyState),
});
export type Readiness = z.infer<typeof Readiness>;

/** Routes that every one of the ten processes answers. */
export const operationalRoutes = {
  health: route({
    method: 'GET',
    path: '/health',
    summary: 'Liveness and identity',
    access: 'public',
    success: { status: 200, description: 'The process runs', schema: Health },
  }),
  ready: route({
    method: 'GET',
    path: '/ready',
    summary: 'Readiness with the state of every dependency',
    access: 'public',
    success: { status: 200, description: 'Every dependency answers', schema: Readiness },
    problems: ['not_ready'],
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
    summary: 'This service described in OpenAPI 3.1, made from its contract',
    access: 'public',
    success: { status: 200, description: 'OpenAPI document', schema: z.looseObject({ openapi: z.string() }) },
  }),
} as const;
