import { userService } from '../../contracts/user-service/contract.ts';
import { openAccess } from '../../kit/auth/open-access.ts';
import { openOwnDatabase } from '../../kit/postgres/open-own-database.ts';
import { runService } from '../../kit/service/run-service.ts';
import { buildApp } from './app.ts';
import { configSchema } from './config.ts';

void runService({
  contract: userService,
  configSchema,
  start(context) {
    const { config, log } = context;
    const database = openOwnDatabase(context);
    const { redis, authenticate, authorities } = openAccess(context);
    return buildApp({
      config,
      log,
      database,
      dependencies: [database.dependency, redis.dependency],
      authenticate,
      authorities,
    });
  },
});
