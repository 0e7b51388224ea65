import { catalogue } from '../../../platform/contracts/catalogue.ts';
import type { ServiceName } from '../../../platform/contracts/service.ts';
import type { StackAddresses } from '../../engine/stack.ts';
import type { StackNode, StackPlan } from '../runtime.ts';
import type { RunSecrets } from '../stack/run-secrets.ts';
import { databaseRoles } from '../stack/service-environment.ts';
import { adminRole, databaseName } from '../stores/postgres/settings.ts';
import { publishedHost } from './engine.ts';

/**
 * Addresses of all services, and of the stores that have a port, as the harness reaches containers.
 * @param options.portOf port of this machine that leads to a node; undefined for a store that is not ready
 */
export function publishedAddresses(options: {
  plan: StackPlan;
  secrets: RunSecrets;
  portOf(node: StackNode): number | undefined;
}): StackAddresses {
  const { plan, secrets, portOf } = options;
  const services = plan.nodes.filter(({ kind }) => kind === 'service');
  const storePort = (store: string): number | undefined =>
    plan.nodes.filter(({ kind, name }) => kind === 'store' && name === store).map(portOf)[0];
  const [postgres, redis] = [storePort('postgres'), storePort('redis')];
  return {
    services: Object.fromEntries(services.map((node) => [node.name, publishedUrl(portOf(node))])) as Record<
      ServiceName,
      string
    >,
    gatewayInside: `http://gateway:${contractPort('gateway')}`,
    internalKey: secrets.internalApiKey,
    ...(postgres === undefined
      ? {}
      : {
          postgres: {
            adminUrl: databaseUrl(`${publishedHost}:${postgres}`, adminRole, secrets.postgresPassword),
            serviceUrls: Object.fromEntries(
              Object.keys(databaseRoles).flatMap((service) => {
                const url = serviceDatabaseUrl(service, `${publishedHost}:${postgres}`, secrets);
                return url === undefined ? [] : [[service, url]];
              }),
            ),
          },
        }),
    ...(redis === undefined
      ? {}
      : { redis: { url: `redis://default:${secrets.redisPassword}@${publishedHost}:${redis}/0` } }),
  };
}

/** Base URL of a port that is published on this machine. */
export function publishedUrl(port: number | undefined): string {
  return `http://${publishedHost}:${port}`;
}

/** Connection URL with the role of a service; undefined for a service without one. */
export function serviceDatabaseUrl(service: string, host: string, secrets: RunSecrets): string | undefined {
  const role = databaseRoles[service as ServiceName];
  const password = role === undefined ? undefined : secrets.rolePasswords[role];
  return role === undefined || password === undefined ? undefined : databaseUrl(host, role, password);
}

/** @param host with the port */
export function databaseUrl(host: string, role: string, password: string): string {
  return `postgresql://${role}:${password}@${host}/${databaseName}`;
}

/** The port on which a service listens inside of its container; that of fake services in tests is 8080. */
export function contractPort(service: string): number {
  return catalogue.find(({ name }) => name === service)?.port ?? 8080;
}
