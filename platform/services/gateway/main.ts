import { gateway } from '../../contracts/gateway/contract.ts';
import { openAccess } from '../../kit/auth/open-access.ts';
import { runService } from '../../kit/service/run-service.ts';
import { buildApp } from './app.ts';
import { configSchema } from './config.ts';
import { readFileLimit, socketCapacity, usualSockets } from './sockets/file-handles.ts';

void runService({
  contract: gateway,
  configSchema,
  async start(context) {
    const { config, log } = context;
    const sockets = socketCapacity(config.SOCKETS_PER_PROCESS, await readFileLimit());
    if (sockets < usualSockets && config.SOCKETS_PER_PROCESS === undefined)
      log.warn({ sockets }, 'fewer WebSocket connections than usual: the limit of open files is low');
    const { redis, authenticate, isRevoked, authorities } = openAccess(context);
    return buildApp({
      config,
      log,
      redis: redis.client,
      subscriber: redis.duplicate(),
      dependencies: [redis.dependency],
      authenticate,
      isRevoked,
      authorities,
      socketsPerProcess: sockets,
    });
  },
});
