import { automationServices } from '../../contracts/automation-services/contract.ts';
import { fileService } from '../../contracts/file-service/contract.ts';
import { openAccess } from '../../kit/auth/open-access.ts';
import { deliveryTimeoutMs } from '../../kit/events/outbox.ts';
import { createPublishLiveEvent } from '../../kit/events/publish-live-event.ts';
import { createClient } from '../../kit/peers/client.ts';
import { openOwnDatabase } from '../../kit/postgres/open-own-database.ts';
import { runService } from '../../kit/service/run-service.ts';
import { buildApp } from './app.ts';
import { configSchema } from './config.ts';
import { createFileEvents } from './events/file-events.ts';
import { createProcessor } from './processing/processor.ts';
import { openStorage } from './store/storage.ts';
import { createSweeper } from './store/sweep.ts';

void runService({
  contract: fileService,
  configSchema,
  start(context) {
    const { config, log, onClose } = context;
    const database = openOwnDatabase(context);
    const { redis, authenticate, authorities } = openAccess(context);
    const storage = openStorage(config.FILE_STORAGE_DIR);
    const automation = createClient(automationServices, {
      baseUrl: config.AUTOMATION_SERVICES_URL,
      internalKey: config.INTERNAL_API_KEY,
      timeoutMs: deliveryTimeoutMs,
    });
    const events = createFileEvents({ database, automation, log });
    onClose(events.close);
    const publishLive = createPublishLiveEvent({ redis, log });
    const processor = createProcessor({
      database,
      storage,
      log,
      publishLive,
      workers: config.FILE_WORKERS,
      onProcessed: events.wake,
    });
    onClose(processor.close);
    processor.start();
    const sweeper = createSweeper({ database, storage, log });
    onClose(sweeper.close);
    const app = buildApp({
      config,
      log,
      database,
      storage,
      quota: { files: config.FILE_QUOTA_FILES, bytes: config.FILE_QUOTA_BYTES },
      processor,
      publishLive,
      events,
      dependencies: [database.dependency, redis.dependency, storage.dependency],
      authenticate,
      authorities,
    });
    // An earlier process may have left queued files, undelivered events and abandoned uploads.
    app.server.once('listening', () => {
      processor.wake();
      events.start();
      sweeper.start();
    });
    return app;
  },
});
