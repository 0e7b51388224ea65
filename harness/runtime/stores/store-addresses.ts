import { join } from 'node:path';
import type { VolatileFolder } from '../folders/volatile-folder.ts';
import { databaseName, socketPort } from './postgres/settings.ts';

// Addresses depend only on the run's folder: services can get them before the stores are ready.

export function postgresFolder(folder: VolatileFolder): string {
  return join(folder.path, 'postgres');
}

/** Folder of PostgreSQL's socket, for `host` of a connection. */
export function postgresSocketFolder(folder: VolatileFolder): string {
  return join(postgresFolder(folder), 'sockets');
}

export function standbyFolder(folder: VolatileFolder): string {
  return join(folder.path, 'postgres-standby');
}

export function standbySocketFolder(folder: VolatileFolder): string {
  return join(standbyFolder(folder), 'sockets');
}

/** Connection URL over the Unix socket, for `pg` and libpq. Default: of the primary at boot. */
export function postgresUrl(
  folder: VolatileFolder,
  login: { role: string; password: string },
  socketFolder = postgresSocketFolder(folder),
): string {
  const host = encodeURIComponent(socketFolder);
  return `postgresql://${login.role}:${login.password}@localhost:${socketPort}/${databaseName}?host=${host}`;
}

/** Connection URL of a service that follows a promotion. */
export function availablePostgresUrl(
  folder: VolatileFolder,
  login: { role: string; password: string },
): string {
  const hosts = [postgresSocketFolder(folder), standbySocketFolder(folder)].map(encodeURIComponent).join(',');
  const name = `${login.role}:${login.password}@localhost:${socketPort}/${databaseName}`;
  return `postgresql://${name}?host=${hosts}&target_session_attrs=read-write`;
}

export function redisFolder(folder: VolatileFolder, node = 'redis'): string {
  return join(folder.path, node);
}

export function redisSocket(folder: VolatileFolder, node = 'redis'): string {
  return join(redisFolder(folder, node), 'redis.sock');
}

/** Connection URL of the primary at boot over its Unix socket, for ioredis. */
export function redisUrl(folder: VolatileFolder, password: string): string {
  return redisUrlOf(redisSocket(folder), password);
}

export function redisUrlOf(socket: string, password: string): string {
  return `redis://default:${password}@localhost/0?path=${encodeURIComponent(socket)}`;
}
