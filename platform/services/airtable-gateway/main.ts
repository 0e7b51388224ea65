import { airtableGateway } from '../../contracts/airtable-gateway/contract.ts';
import { openAccess } from '../../kit/auth/open-access.ts';
import { openOwnDatabase } from '../../kit/postgres/open-own-database.ts';
import { runService } from '../../kit/service/run-service.ts';
import { buildApp } from './app.ts';
import { configSchema } from './config.ts';
import { keepWebhooksSwept } from './embedded/webhooks/sweep-webhooks.ts';
import { openUpstream } from './open-upstream.ts';

await runService({
  contract: airtableGateway,
  configSchema,
  async start(context) {
    const { config, log, onClose } = context;
    const database = openOwnDatabase(context);
    const { redis, authenticate } = openAccess(context);
    const { upstream, notifier } = await openUpstream({ config, database, redis, log });
    const app = buildApp({
      config,
      log,
      database,
      upstream,
      authenticate,
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
