import { fileService } from '../contracts/file-service.ts';
import { openAuthentication } from '../kit/authentication.ts';
import { openDatabase } from '../kit/database.ts';
import { openRedis } from '../kit/redis.ts';
import { runService } from '../kit/run-service.ts';
import { buildApp } from './app.ts';
import { configSchema } from './config.ts';
import { createProcessor } from './processor.ts';
import { openStorage } from './storage.ts';
import { keepSwept } from './sweep.ts';

await runService({
  contract: fileService,
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
    const storage = openStorage(config.FILE_STORAGE_DIR);
    const processor = createProcessor({ database, storage, log, workers: config.FILE_WORKERS });
    onClose(processor.close);
    const app = buildApp({
      config,
      log,
      database,
      storage,
      quota: { files: config.FILE_QUOTA_FILES, bytes: config.FILE_QUOTA_BYTES },
      processor,
      dependencies: [database.dependency, redis.dependency, storage.dependency],
      authenticate: authentication.authenticate,
    });
    // What an earlier process left: files that wait, and uploads that broke off.
    app.server.once('listening', () => {
      processor.wake();
      onClose(keepSwept({ database, storage, log }));
    });
    return app;
  },
});
