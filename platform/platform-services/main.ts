import { platformServices } from '../contracts/platform-services.ts';
import { openOwnDatabase } from '../kit/open-own-database.ts';
import { openRedis } from '../kit/redis.ts';
import { runService } from '../kit/run-service.ts';
import { buildApp } from './app.ts';
import { configSchema } from './config.ts';
import { sizeThreadPool } from './thread-pool.ts';

sizeThreadPool(process.env);
await runService({
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
