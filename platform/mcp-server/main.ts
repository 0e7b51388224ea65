import { mcpServer } from '../contracts/mcp-server.ts';
import { openAuthentication } from '../kit/authentication.ts';
import { openRedis } from '../kit/redis.ts';
import { runService } from '../kit/run-service.ts';
import { openAirtable } from './airtable.ts';
import { buildApp } from './app.ts';
import { configSchema } from './config.ts';

await runService({
  contract: mcpServer,
  configSchema,
  start({ config, log, onClose }) {
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
      dependencies: [redis.dependency],
      authenticate: authentication.authenticate,
      airtable: openAirtable(config.AIRTABLE_GATEWAY_URL),
    });
  },
});
