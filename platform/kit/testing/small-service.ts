import { z } from 'zod';
import { route } from '../../contracts/route.ts';
import { service } from '../../contracts/service.ts';
import { buildService } from '../service/build-service.ts';
import { baseConfig, variables } from '../service/config.ts';
import { runService } from '../service/run-service.ts';

/** A service with one route, for tests of start and stop. `SLOW_MS` is the duration of a request, milliseconds. */
const contract = service({
  name: 'user-service',
  title: 'A small process',
  port: 8008,
  mounts: [],
  routes: {
    slow: route({
      method: 'GET',
      path: '/slow',
      summary: 'Responds late',
      access: 'public',
      success: { status: 200, description: 'Done', schema: z.object({ done: z.literal(true) }) },
    }),
  },
});

await runService({
  contract,
  configSchema: baseConfig.extend({ SLOW_MS: variables.positiveInt.default(1) }),
  start: ({ config, log, onClose }) => {
    onClose(() => log.info('closed'));
    return buildService(contract, {
      config,
      log,
      dependencies: [],
      handlers: {
        slow: async ({ log: own }) => {
          own.info('working');
          await new Promise((resolve) => setTimeout(resolve, config.SLOW_MS));
          return { done: true as const };
        },
      },
    });
  },
});
