import { basename, dirname, join } from 'node:path';
import { contractOf } from '../../../../platform/contracts/catalogue.ts';
import { type ServiceName, serviceNames } from '../../../../platform/contracts/service.ts';
import { ReadinessError } from '../../../errors/readiness-error.ts';
import { type Secret, Target } from '../../external/target.ts';
import { databaseRoles } from '../../stack/service-environment.ts';
import { postgresPort, redisPort } from '../../testcontainers/start-stores.ts';
import { databaseUrlFile } from '../secret-files.ts';
import type { ProjectContainer } from './project-container.ts';

/** Ports of the programs of docker-compose.monitoring.yml and docker-compose.lgtm.yml. */
const monitoringPorts = { prometheus: 9090, loki: 3100, tempo: 3200 } as const;
/** Where Docker Compose mounts secrets. */
export const secretMounts = '/run/secrets/';

export interface ProjectTargetOptions {
  /** Name of the project. */
  project: string;
  containers: readonly ProjectContainer[];
  /** Ids of destructive checks that may run. */
  allow: readonly string[];
  /** Whether a file with a secret can be read. */
  canRead(file: string): boolean;
}

/**
 * Describes a compose project as a target: what it publishes on this machine, with the secrets of its own files.
 * @throws ReadinessError (exit code 2) for a project that is not this platform, or that cannot be reached
 */
export function projectTarget({ project, containers, allow, canRead }: ProjectTargetOptions): Target {
  requireServices(project, containers);
  const addressOf = (service: string, port: number): string | undefined => {
    const found = containers.filter((one) => one.service === service);
    const address = found.map(({ published }) => published.get(port)).find(Boolean);
    if (address !== undefined && found.length > 1) throw severalContainers(project, service, found);
    return address;
  };
  const services = Object.fromEntries(
    serviceNames.flatMap((name) => {
      const address = addressOf(name, contractOf(name).port);
      return address === undefined ? [] : [[name, `http://${address}`]];
    }),
  ) as Partial<Record<ServiceName, string>>;
  if (!services.gateway) throw unpublishedGateway(project, containers);
  const secretFile = secretFilesOf(containers, canRead);
  const postgres = addressOf('postgres', postgresPort);
  const redis = addressOf('redis', redisPort);
  const internalKey = secretFile('internal_api_key');
  const monitoring = Object.fromEntries(
    Object.entries(monitoringPorts).flatMap(([service, port]) => {
      const address = addressOf(service, port);
      return address === undefined ? [] : [[service, { url: `http://${address}` }]];
    }),
  );
  const redisUrl = secretFile('redis_url');
  return Target.parse({
    name: project.slice(0, 60),
    label: 'development',
    services,
    accounts: { register: true },
    internalKeys: Object.fromEntries(
      (['platform-services', 'user-service'] as const).flatMap((name) =>
        services[name] && internalKey ? [[name, internalKey]] : [],
      ),
    ),
    ...(postgres === undefined ? {} : { database: databaseOf(postgres, secretFile) }),
    ...(redis === undefined || !redisUrl ? {} : { redis: { admin: { ...redisUrl, address: redis } } }),
    logs: { compose: project },
    ...(monitoring.tempo ? { traces: { tempo: monitoring.tempo } } : {}),
    ...(monitoring.prometheus ? { metrics: { prometheus: monitoring.prometheus } } : {}),
    allow,
  });
}

type SecretFile = (name: string) => Secret | undefined;

/** The files that Docker Compose mounts as secrets, and others of the same folder. */
function secretFilesOf(
  containers: readonly ProjectContainer[],
  canRead: (file: string) => boolean,
): SecretFile {
  const mounted = new Map(
    containers.flatMap(({ mounts }) => [...mounts].filter(([inside]) => inside.startsWith(secretMounts))),
  );
  const [first] = mounted.values();
  return (name) => {
    const file =
      mounted.get(`${secretMounts}${name}`) ??
      (first === undefined ? undefined : join(dirname(first), basename(name)));
    return file !== undefined && canRead(file) ? { file } : undefined;
  };
}

function databaseOf(address: string, secretFile: SecretFile): object {
  const admin = secretFile('admin_database_url');
  const roles = Object.entries(databaseRoles).flatMap(([service, role]) => {
    const secret = secretFile(databaseUrlFile(role));
    return secret ? [[service, { ...secret, address }]] : [];
  });
  return { ...(admin ? { admin: { ...admin, address } } : {}), roles: Object.fromEntries(roles) };
}

function requireServices(project: string, containers: readonly ProjectContainer[]): void {
  const missing = serviceNames.filter((name) => !containers.some(({ service }) => service === name));
  if (missing.length === 0) return;
  throw new ReadinessError(
    'compose-project-invalid',
    `The compose project ${project} has no container of ${missing.join(', ')}.`,
    {
      hint:
        missing.length === serviceNames.length
          ? 'It is not this platform. Describe another platform with a target file: docs/targets.md'
          : `Start all services in the folder of the project: docker compose --project-name ${project} up --detach --wait`,
    },
  );
}

function severalContainers(
  project: string,
  service: string,
  found: readonly ProjectContainer[],
): ReadinessError {
  const names = found.map(({ name }) => name).join(', ');
  return new ReadinessError(
    'compose-project-invalid',
    `The compose project ${project} has ${found.length} containers of ${service} (${names}), and each published port leads to one of them.`,
    {
      hint: `Keep one: docker compose --project-name ${project} up --detach --scale ${service}=1. Or give the address of their load balancer in a target file: docs/targets.md`,
    },
  );
}

function unpublishedGateway(project: string, containers: readonly ProjectContainer[]): ReadinessError {
  const { port } = contractOf('gateway');
  const states = containers.filter(({ service }) => service === 'gateway').map(({ state }) => state);
  return new ReadinessError(
    'compose-project-invalid',
    `The gateway of the compose project ${project} publishes no port of this machine for its port ${port}: ${states.join('; ')}.`,
    {
      hint: `Publish it in the compose file, on a network that is not internal: ports: ["127.0.0.1:${port}:${port}"]. If it does not run: docker compose --project-name ${project} logs gateway`,
    },
  );
}
