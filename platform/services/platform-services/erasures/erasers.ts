import { airtableGateway } from '../../../contracts/airtable-gateway/contract.ts';
import { automationServices } from '../../../contracts/automation-services/contract.ts';
import { type ErasingService, erasureRoutes } from '../../../contracts/erasure.ts';
import { fileService } from '../../../contracts/file-service/contract.ts';
import { llmOrchestrator } from '../../../contracts/llm-orchestrator/contract.ts';
import { sagaService } from '../../../contracts/saga-service/contract.ts';
import type { ServiceContract } from '../../../contracts/service.ts';
import { userService } from '../../../contracts/user-service/contract.ts';
import { eraseRows } from '../../../kit/erasure/erase.ts';
import { createClient } from '../../../kit/peers/client.ts';
import type { Database } from '../../../kit/postgres/database.ts';
import type { RedisStore } from '../../../kit/redis/redis.ts';
import type { Config } from '../config.ts';
import { erasedTables } from './erased-tables.ts';
import { type Eraser, erasureTimeoutMs } from './erasure-work.ts';
import { eraseLiveStreams } from './erasures.ts';

/** How each service is told to erase an account. */
export function createErasers(
  config: Config,
  stores: { database: Database; redis: RedisStore['client'] },
): Record<ErasingService, Eraser> {
  function at(contract: ServiceContract, baseUrl: string): Eraser {
    const client = createClient(
      { ...contract, routes: erasureRoutes },
      { baseUrl, internalKey: config.INTERNAL_API_KEY, timeoutMs: erasureTimeoutMs },
    );
    return async (body, signal) => (await client.erase({ body }, { signal })).erased;
  }
  return {
    'user-service': at(userService, config.USER_SERVICE_URL),
    'airtable-gateway': at(airtableGateway, config.AIRTABLE_GATEWAY_URL),
    'llm-orchestrator': at(llmOrchestrator, config.LLM_ORCHESTRATOR_URL),
    'file-service': at(fileService, config.FILE_SERVICE_URL),
    'saga-service': at(sagaService, config.SAGA_SERVICE_URL),
    'automation-services': at(automationServices, config.AUTOMATION_SERVICES_URL),
    'platform-services': async (order) =>
      (await eraseRows(stores.database, erasedTables, order)) + (await eraseLiveStreams(stores, order)),
  };
}
