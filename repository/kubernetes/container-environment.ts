import type { DeclaredCalls } from './declared-calls.ts';

/** A variable of a container: a value, or a reference to a key of a Secret. */
export type Variable =
  | { name: string; value: string }
  | { name: string; valueFrom: { secretKeyRef: { name: string; key: string } } };

/** Connections per process. The connections of all replicas must fit into the server's `max_connections`. */
export const databasePoolSize = 6;

/** Folder of the certificate of PostgreSQL's authority. */
export const certificateFolder = '/etc/postgres-ca';

/** Folder of the stored files. */
export const filesFolder = '/var/lib/pyairtable/files';

/** The host that always leads to the primary; CloudNativePG creates it. */
const databaseHost = 'postgres-rw:5432/pyairtable';
const verifiedTls = `sslmode=verify-full&sslrootcert=${certificateFolder}/ca.crt`;

export function secret(name: string, from: string, key: string): Variable {
  return { name, valueFrom: { secretKeyRef: { name: from, key } } };
}

/** `$(NAME)` is the value of an earlier variable: the kubelet inserts it, so no manifest contains a password. */
export function databaseUrl(role: string, passwordVariable: string): string {
  return `postgresql://${role}:$(${passwordVariable})@${databaseHost}?${verifiedTls}`;
}

/** The environment of a service's container. */
export function containerEnvironment(
  calls: DeclaredCalls,
  all: readonly DeclaredCalls[],
  peerVariable: (service: string) => string,
): Variable[] {
  const { service, port, peers, databaseRole, redis } = calls;
  const portOf = (peer: string) => all.find((candidate) => candidate.service === peer)?.port;
  return [
    { name: 'NODE_ENV', value: 'production' },
    { name: 'HOST', value: '0.0.0.0' },
    { name: 'PORT', value: String(port) },
    secret('INTERNAL_API_KEY', 'platform', 'internal-api-key'),
    ...peers.map((peer) => ({ name: peerVariable(peer), value: `http://${peer}:${portOf(peer)}` })),
    ...(databaseRole === undefined
      ? []
      : [
          secret('DATABASE_PASSWORD', 'database-passwords', databaseRole),
          { name: 'DATABASE_URL', value: databaseUrl(databaseRole, 'DATABASE_PASSWORD') },
          { name: 'DATABASE_POOL_SIZE', value: String(databasePoolSize) },
        ]),
    ...(redis
      ? [
          secret('REDIS_PASSWORD', 'redis', 'password'),
          { name: 'REDIS_URL', value: 'redis://:$(REDIS_PASSWORD)@redis:6379/0' },
        ]
      : []),
    ...(service === 'file-service' ? [{ name: 'FILE_STORAGE_DIR', value: filesFolder }] : []),
    ...(service === 'platform-services'
      ? [secret('KEY_ENCRYPTION_KEY', 'platform', 'key-encryption-key')]
      : []),
  ];
}
