import { frontend } from '../../contracts/frontend/contract.ts';
import { runService } from '../../kit/service/run-service.ts';
import { buildApp } from './app.ts';
import { configSchema } from './config.ts';
import { gatewayDependency } from './gateway-dependency.ts';

void runService({
  contract: frontend,
  configSchema,
  start: ({ config, log }) =>
    buildApp({ config, log, dependencies: [gatewayDependency(config.GATEWAY_URL)] }),
});
