import { platformServices } from '../../contracts/platform-services/contract.ts';
import { openOwnDatabase } from '../../kit/postgres/open-own-database.ts';
import { openRedis } from '../../kit/redis/redis.ts';
import { runService } from '../../kit/service/run-service.ts';
import { sizeThreadPool } from './accounts/thread-pool.ts';
import { buildApp } from './app.ts';
import { configSchema } from './config.ts';

sizeThreadPool(process.env);
void runService({
  contract: platformServices,
  configSchema,
  start(context) {
    const { config, log, onClose } = context;
    const database = openOwnDatabase(context);
    const redis = openRedis({ url: config.REDIS_URL, log });
    onClose(redis.close);
    return buildApp({ config, log, database, redis });
  },
});
