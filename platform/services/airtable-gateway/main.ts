import { airtableGateway } from '../../contracts/airtable-gateway/contract.ts';
import { openAccess } from '../../kit/auth/open-access.ts';
import { createMetrics } from '../../kit/observe/metrics.ts';
import { openOwnDatabase } from '../../kit/postgres/open-own-database.ts';
import { createRowRetention } from '../../kit/retention/row-retention.ts';
import { runService } from '../../kit/service/run-service.ts';
import { buildApp } from './app.ts';
import { configSchema } from './config.ts';
import { createWebhookSweeper } from './embedded/webhooks/sweep-webhooks.ts';
import { openUpstream } from './open-upstream.ts';

void runService({
  contract: airtableGateway,
  configSchema,
  async start(context) {
    const { config, log, onClose } = context;
    const metrics = createMetrics(airtableGateway.name);
    const database = openOwnDatabase(context);
    const { redis, authenticate, authorities } = openAccess(context);
    const { notifier, recordEvents, indexes, ...opened } = await openUpstream({
      config,
      database,
      redis,
      authorities,
      registry: metrics.registry,
      log,
    });
    const app = buildApp({
      config,
      log,
      database,
      authorities,
      ...opened,
      reportsChanges: recordEvents !== undefined,
      authenticate,
      metrics,
      dependencies: [database.dependency, redis.dependency],
    });
    if (recordEvents !== undefined) {
      onClose(recordEvents.close);
      // An earlier process may have left undelivered events.
      app.server.once('listening', recordEvents.start);
    }
    const retention = createRowRetention({
      database,
      schema: 'airtable',
      keepDays: { sync_logs: config.SYNC_LOG_RETENTION_DAYS },
      registry: metrics.registry,
      log,
    });
    onClose(retention.close);
    app.server.once('listening', retention.start);
    if (indexes !== undefined) onClose(indexes.close);
    if (notifier !== undefined) {
      const sweeper = createWebhookSweeper({ database, log });
      onClose(notifier.close);
      onClose(sweeper.close);
      // An earlier process may have left pings that are due and payloads that have expired.
      app.server.once('listening', () => {
        notifier.start();
        sweeper.start();
      });
    }
    return app;
  },
});
