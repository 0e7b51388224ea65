import { mcpServer } from '../../contracts/mcp-server/contract.ts';
import { openAccess } from '../../kit/auth/open-access.ts';
import { runService } from '../../kit/service/run-service.ts';
import { openAirtable } from './airtable.ts';
import { buildApp } from './app.ts';
import { configSchema } from './config.ts';

void runService({
  contract: mcpServer,
  configSchema,
  start(context) {
    const { config, log } = context;
    const { redis, authenticate } = openAccess(context);
    return buildApp({
      config,
      log,
      dependencies: [redis.dependency],
      authenticate,
      airtable: openAirtable(config.AIRTABLE_GATEWAY_URL),
    });
  },
});
