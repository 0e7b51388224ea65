import { gateway } from '../contracts/gateway.ts';
import { openAccess } from '../kit/open-access.ts';
import { runService } from '../kit/run-service.ts';
import { buildApp } from './app.ts';
import { configSchema } from './config.ts';

await runService({
  contract: gateway,
  configSchema,
  start(context) {
    const { config, log } = context;
    const { redis, authenticate } = openAccess(context);
    return buildApp({
      config,
      log,
      redis: redis.client,
      subscriber: redis.duplicate(),
      dependencies: [redis.dependency],
      authenticate,
    });
  },
});
