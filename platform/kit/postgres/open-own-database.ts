import type { DatabaseConfig } from '../service/config.ts';
import type { StartContext } from '../service/run-service.ts';
import { type Database, openDatabase } from './database.ts';

/**
 * The database that the configuration names, under the service's own role, closed with the service. Waits for
 * nothing: an absent database shows in `/ready`.
 */
export function openOwnDatabase({ config, log, onClose }: StartContext<DatabaseConfig>): Database {
  const database = openDatabase({ url: config.DATABASE_URL, poolSize: config.DATABASE_POOL_SIZE, log });
  onClose(database.close);
  return database;
}
