import type { operationalRoutes } from '../../contracts/operational.ts';
import type { ServiceContract } from '../../contracts/service.ts';
import type { Handler } from '../http/handler.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { OpenApiDocument } from '../openapi/openapi.ts';
import { checkDependencies, type Dependency } from './dependency.ts';
import { platformVersion } from './version.ts';

interface OperationalOptions {
  contract: ServiceContract;
  dependencies: readonly Dependency[];
  metrics: Metrics;
}

/** Handlers of the routes that every process has. */
export function operationalHandlers(options: OperationalOptions): Record<string, Handler> {
  const { contract, dependencies, metrics } = options;
  const started = performance.now();
  let document: Promise<OpenApiDocument> | undefined;
  const handlers: { readonly [K in keyof typeof operationalRoutes]: Handler<(typeof operationalRoutes)[K]> } =
    {
      health: async () => ({
        status: 'ok',
        service: contract.name,
        version: platformVersion,
        timestamp: new Date().toISOString(),
        uptime_s: Math.round(performance.now() - started) / 1000,
      }),
      ready: async ({ reply }) => {
        const checks = await checkDependencies(dependencies);
        const ready = Object.values(checks).every(({ status }) => status === 'ok');
        if (!ready) reply.code(503);
        return {
          status: ready ? 'ready' : 'not-ready',
          service: contract.name,
          version: platformVersion,
          checks,
        };
      },
      metrics: async ({ reply }) => {
        reply.type(metrics.registry.contentType);
        return metrics.render();
      },
      openapi: async () => {
        // Loaded and created at the first request: no service needs it to start.
        document ??= import('../openapi/openapi.ts').then(({ describeService }) => describeService(contract));
        return document;
      },
    };
  return handlers as unknown as Record<string, Handler>;
}
