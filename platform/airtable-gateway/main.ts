import { airtableGateway } from '../contracts/airtable-gateway.ts';
import { openAuthentication } from '../kit/authentication.ts';
import { openDatabase } from '../kit/database.ts';
import { openRedis } from '../kit/redis.ts';
import { runService } from '../kit/run-service.ts';
import { buildApp } from './app.ts';
import { configSchema } from './config.ts';
import { keepWebhooksSwept } from './embedded/webhooks/sweep-webhooks.ts';
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
    const { upstream, notifier } = await openUpstream({ config, database, redis, log });
    const app = buildApp({
      config,
      log,
      database,
      upstream,
      authenticate: authentication.authenticate,
      dependencies: [database.dependency, redis.dependency],
    });
    if (notifier !== undefined) {
      onClose(notifier.close);
      // What an earlier process left: pings that are due, and payloads that nobody may ask for any more.
      app.server.once('listening', () => {
        notifier.start();
        onClose(keepWebhooksSwept({ database, log }));
      });
    }
    return app;
  },
});
