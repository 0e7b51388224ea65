import { join } from 'node:path';
import type { VolatileFolder } from '../folders/volatile-folder.ts';
import { databaseName, socketPort } from './postgres/settings.ts';

// Addresses follow from the run's folder alone, so that a service can be given them before the stores are up.

export function postgresFolder(folder: VolatileFolder): string {
  return join(folder.path, 'postgres');
}

/** Folder of PostgreSQL's socket, as `host` of a connection. */
export function postgresSocketFolder(folder: VolatileFolder): string {
  return join(postgresFolder(folder), 'sockets');
}

/** Connection URL over the Unix socket, as `pg` and libpq understand it. */
export function postgresUrl(folder: VolatileFolder, login: { role: string; password: string }): string {
  const host = encodeURIComponent(postgresSocketFolder(folder));
  return `postgresql://${login.role}:${login.password}@localhost:${socketPort}/${databaseName}?host=${host}`;
}

export function redisFolder(folder: VolatileFolder): string {
  return join(folder.path, 'redis');
}

export function redisSocket(folder: VolatileFolder): string {
  return join(redisFolder(folder), 'redis.sock');
}

/** Connection URL over the Unix socket, as ioredis understands it. */
export function redisUrl(folder: VolatileFolder, password: string): string {
  return `redis://default:${password}@localhost/0?path=${encodeURIComponent(redisSocket(folder))}`;
}
