import { join } from 'node:path';
import type { ServiceName } from '../../../platform/contracts/service.ts';
import { type HarnessServers, serverVariables } from './harness-servers.ts';
import type { RunSecrets } from './run-secrets.ts';

/** Database role of each service that stores data. */
export const databaseRoles: Readonly<Partial<Record<ServiceName, string>>> = {
  'airtable-gateway': 'airtable_gateway',
  'llm-orchestrator': 'llm_orchestrator',
  'file-service': 'file_service',
  'saga-service': 'saga_service',
  'automation-services': 'automation_services',
  'platform-services': 'platform_services',
  'user-service': 'user_service',
};

/** Name of the variable that holds a service's base URL, e.g. `USER_SERVICE_URL`. */
export function peerVariable(service: string): string {
  return `${service.toUpperCase().replaceAll('-', '_')}_URL`;
}

/** Folder of the mails of a run, which has no mail server. */
export function mailFolder(temporaryFolder: string): string {
  return join(temporaryFolder, 'mail');
}

/** Folder in which file-service stores files. */
export function filesFolder(temporaryFolder: string): string {
  return join(temporaryFolder, 'file-service');
}

export interface ServiceEnvironmentInput {
  service: string;
  /** Base URL of every service of the stack, including itself. */
  serviceUrls: Readonly<Record<string, string>>;
  /** File descriptor of the inherited listening socket, or the TCP port to listen on. */
  listen: { descriptor: number } | { port: number };
  /** Connection URL with the service's own role; undefined for services without one. */
  databaseUrl: string | undefined;
  redisUrl: string | undefined;
  secrets: RunSecrets;
  /** Folder that is removed with the run. */
  temporaryFolder: string;
  /** The harness's servers, as the service reaches them. */
  servers: HarnessServers;
}

/** The environment of a service, as a deployment would set it. */
export function serviceEnvironment(input: ServiceEnvironmentInput): Record<string, string> {
  const { service, listen, secrets } = input;
  const environment: Record<string, string> = {
    NODE_ENV: 'production',
    HOST: '127.0.0.1',
    LOG_LEVEL: 'info',
    INTERNAL_API_KEY: secrets.internalApiKey,
    JWT_ISSUER: 'pyairtable',
    JWT_AUDIENCE: 'pyairtable-api',
  };
  if ('port' in listen) environment.PORT = String(listen.port);
  else environment.LISTEN_FD = String(listen.descriptor);
  for (const [peer, url] of Object.entries(input.serviceUrls)) {
    if (peer !== service) environment[peerVariable(peer)] = url;
  }
  if (input.databaseUrl !== undefined) environment.DATABASE_URL = input.databaseUrl;
  if (input.redisUrl !== undefined) environment.REDIS_URL = input.redisUrl;
  Object.assign(environment, serverVariables(service, input.servers));
  const { frontend } = input.serviceUrls;
  if (service === 'gateway' && frontend !== undefined) environment.CORS_ORIGINS = frontend;
  if (service === 'file-service') environment.FILE_STORAGE_DIR = filesFolder(input.temporaryFolder);
  if (service === 'platform-services') {
    environment.KEY_ENCRYPTION_KEY = secrets.keyEncryptionKey;
    environment.MAIL_FOLDER = mailFolder(input.temporaryFolder);
    if (frontend !== undefined) environment.PUBLIC_URL = frontend;
  }
  return environment;
}
