import { automationServices } from '../../contracts/automation-services/contract.ts';
import { openAccess } from '../../kit/auth/open-access.ts';
import { createPublishLiveEvent } from '../../kit/events/publish-live-event.ts';
import { openOwnDatabase } from '../../kit/postgres/open-own-database.ts';
import { systemClock } from '../../kit/service/clock.ts';
import { runService } from '../../kit/service/run-service.ts';
import { buildApp } from './app.ts';
import { configSchema } from './config.ts';

void runService({
  contract: automationServices,
  configSchema,
  start(context) {
    const { config, log } = context;
    const database = openOwnDatabase(context);
    const { redis, authenticate, authorities } = openAccess(context);
    return buildApp({
      config,
      log,
      database,
      clock: systemClock,
      publishLive: createPublishLiveEvent({ redis, log }),
      dependencies: [database.dependency, redis.dependency],
      authenticate,
      authorities,
    });
  },
});
