import { automationServices } from '../contracts/automation-services.ts';
import { openAuthentication } from '../kit/authentication.ts';
import { systemClock } from '../kit/clock.ts';
import { openDatabase } from '../kit/database.ts';
import { openRedis } from '../kit/redis.ts';
import { runService } from '../kit/run-service.ts';
import { buildApp } from './app.ts';
import { configSchema } from './config.ts';

await runService({
  contract: automationServices,
  configSchema,
  start({ config, log, onClose }) {
    const database = openDatabase({ url: config.DATABASE_URL, poolSize: config.DATABASE_POOL_SIZE, log });
    onClose(database.close);
    const redis = openRedis({ url: config.REDIS_URL, log });
    onClose(redis.close);
    const authentication = openAuthentication({
      config,
      keys: { platformServicesUrl: config.PLATFORM_SERVICES_URL },
      redis,
      log,
    });
    onClose(authentication.close);
    return buildApp({
      config,
      log,
      database,
      clock: systemClock,
      dependencies: [database.dependency, redis.dependency],
      authenticate: authentication.authenticate,
    });
  },
});
