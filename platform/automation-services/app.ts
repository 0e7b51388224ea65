import type { FastifyInstance } from 'fastify';
import { automationServices } from '../contracts/automation-services.ts';
import type { Authenticate } from '../kit/access.ts';
import { buildService } from '../kit/build-service.ts';
import type { Dependency } from '../kit/dependency.ts';
import type { Log } from '../kit/log.ts';
import type { Config } from './config.ts';

export interface AutomationServicesDeps {
  config: Pick<Config, 'INTERNAL_API_KEY'>;
  log: Log;
  dependencies: readonly Dependency[];
  authenticate: Authenticate;
}

/** The service without a socket. Routes that have no handler yet answer 501. */
export function buildApp({
  config,
  log,
  dependencies,
  authenticate,
}: AutomationServicesDeps): FastifyInstance {
  return buildService(automationServices, { config, log, dependencies, authenticate, handlers: {} });
}
