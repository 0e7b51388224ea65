import type { z } from 'zod';
import { databaseRoles } from '../../harness/runtime/stack/service-environment.ts';
import { catalogue } from '../../platform/contracts/catalogue.ts';
import { type ServiceName, serviceNames } from '../../platform/contracts/service.ts';
import { peerVariable } from '../../platform/kit/service/config.ts';

/** What a service may connect to, as its configuration declares it. */
export interface DeclaredCalls {
  service: ServiceName;
  /** TCP port on which it listens. */
  port: number;
  /** Services whose base URL its configuration reads. */
  peers: readonly ServiceName[];
  /** Its role at PostgreSQL; undefined: it has no database. */
  databaseRole: string | undefined;
  redis: boolean;
  /** It calls addresses outside of the cluster. */
  internet: boolean;
  /** It sends mails through a server outside of the cluster. */
  mail: boolean;
}

/**
 * Services that call public addresses: Airtable and webhooks, workflow steps, the Gemini API. A test compares them
 * with the services' code.
 */
export const internetCallers: readonly ServiceName[] = [
  'airtable-gateway',
  'automation-services',
  'llm-orchestrator',
];

/** Reads the configuration schema of every service. */
export function declaredCalls(): Promise<DeclaredCalls[]> {
  return Promise.all(
    catalogue.map(async ({ name, port }) => {
      const variables = await variablesOf(name);
      return {
        service: name,
        port,
        peers: serviceNames.filter((peer) => peer !== name && variables.has(peerVariable(peer))),
        databaseRole: databaseRoles[name],
        redis: variables.has('REDIS_URL'),
        internet: internetCallers.includes(name),
        mail: variables.has('SMTP_URL'),
      };
    }),
  );
}

/** Names of the environment variables that a service reads. */
export async function variablesOf(service: ServiceName): Promise<ReadonlySet<string>> {
  const { configSchema } = (await import(`../../platform/services/${service}/config.ts`)) as {
    configSchema: z.ZodObject;
  };
  return new Set(Object.keys(configSchema.shape));
}
