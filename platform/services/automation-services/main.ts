import { automationServices } from '../../contracts/automation-services/contract.ts';
import { openAccess } from '../../kit/auth/open-access.ts';
import { createPublishLiveEvent } from '../../kit/events/publish-live-event.ts';
import { createMetrics } from '../../kit/observe/metrics.ts';
import { openOwnDatabase } from '../../kit/postgres/open-own-database.ts';
import { createRowRetention } from '../../kit/retention/row-retention.ts';
import { systemClock } from '../../kit/service/clock.ts';
import { runService } from '../../kit/service/run-service.ts';
import { buildApp } from './app.ts';
import { configSchema } from './config.ts';

void runService({
  contract: automationServices,
  configSchema,
  start(context) {
    const { config, log, onClose } = context;
    const database = openOwnDatabase(context);
    const { redis, authenticate, authorities } = openAccess(context);
    const metrics = createMetrics(automationServices.name);
    const retention = createRowRetention({
      database,
      schema: 'automation',
      keepDays: {
        executions: config.EXECUTION_RETENTION_DAYS,
        notifications: config.NOTIFICATION_RETENTION_DAYS,
        commands: config.COMMAND_RETENTION_DAYS,
      },
      registry: metrics.registry,
      log,
    });
    onClose(retention.close);
    const app = buildApp({
      config,
      log,
      database,
      clock: systemClock,
      publishLive: createPublishLiveEvent({ redis, log }),
      dependencies: [database.dependency, redis.dependency],
      authenticate,
      authorities,
      metrics,
    });
    app.server.once('listening', retention.start);
    return app;
  },
});
