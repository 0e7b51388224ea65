import { airtableGateway } from '../../../contracts/airtable-gateway/contract.ts';
import { automationServices } from '../../../contracts/automation-services/contract.ts';
import { erasureRoutes } from '../../../contracts/erasure.ts';
import { fileService } from '../../../contracts/file-service/contract.ts';
import { llmOrchestrator } from '../../../contracts/llm-orchestrator/contract.ts';
import { sagaService } from '../../../contracts/saga-service/contract.ts';
import type { ServiceContract } from '../../../contracts/service.ts';
import { userService } from '../../../contracts/user-service/contract.ts';
import { exportLines } from '../../../kit/erasure/export-rows.ts';
import { createClient } from '../../../kit/peers/client.ts';
import type { Database } from '../../../kit/postgres/database.ts';
import type { Config } from '../config.ts';
import { exportedTables } from './exported-tables.ts';
import type { ExportSource, ExportSources } from './write-archive.ts';

/** Maximum wait for the first line of a service, milliseconds. */
const timeoutMs = 60_000;

/** Where the data of an account comes from: every service that stores any. */
export function createExportSources(config: Config, database: Database): ExportSources {
  function at(contract: ServiceContract, baseUrl: string): ExportSource {
    const client = createClient(
      { ...contract, routes: erasureRoutes },
      { baseUrl, internalKey: config.INTERNAL_API_KEY, timeoutMs },
    );
    return async (body, signal) => (await client.exportData({ body }, { signal })).body;
  }
  return {
    'platform-services': async (order) => exportLines(database, exportedTables, order),
    'user-service': at(userService, config.USER_SERVICE_URL),
    'airtable-gateway': at(airtableGateway, config.AIRTABLE_GATEWAY_URL),
    'llm-orchestrator': at(llmOrchestrator, config.LLM_ORCHESTRATOR_URL),
    'saga-service': at(sagaService, config.SAGA_SERVICE_URL),
    'automation-services': at(automationServices, config.AUTOMATION_SERVICES_URL),
    'file-service': at(fileService, config.FILE_SERVICE_URL),
  };
}
