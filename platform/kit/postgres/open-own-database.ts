import type { DatabaseConfig } from '../service/config.ts';
import type { StartContext } from '../service/run-service.ts';
import { type Database, openDatabase } from './database.ts';

/**
 * Opens the configured database under the service's own role and closes it with the service. Does not wait: a missing
 * database shows in `/ready`.
 */
export function openOwnDatabase({ config, log, onClose }: StartContext<DatabaseConfig>): Database {
  const database = openDatabase({ url: config.DATABASE_URL, poolSize: config.DATABASE_POOL_SIZE, log });
  onClose(database.close);
  return database;
}
