import { airtableGateway } from '../contracts/airtable-gateway.ts';
import { openAuthentication } from '../kit/authentication.ts';
import { openDatabase } from '../kit/database.ts';
import { openRedis } from '../kit/redis.ts';
import { runService } from '../kit/run-service.ts';
import { buildApp } from './app.ts';
import { configSchema } from './config.ts';
import { openUpstream } from './open-upstream.ts';

await runService({
  contract: airtableGateway,
  configSchema,
  async start({ config, log, onClose }) {
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
    const upstream = await openUpstream({ config, database, redis, log });
    return buildApp({
      config,
      log,
      database,
      upstream,
      authenticate: authentication.authenticate,
      dependencies: [database.dependency, redis.dependency],
    });
  },
});
