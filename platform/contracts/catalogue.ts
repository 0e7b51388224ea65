import { airtableGateway } from './airtable-gateway/contract.ts';
import { automationServices } from './automation-services/contract.ts';
import { fileService } from './file-service/contract.ts';
import { frontend } from './frontend/contract.ts';
import { gateway } from './gateway/contract.ts';
import { llmOrchestrator } from './llm-orchestrator/contract.ts';
import { mcpServer } from './mcp-server/contract.ts';
import { platformServices } from './platform-services/contract.ts';
import { sagaService } from './saga-service/contract.ts';
import type { ServiceContract, ServiceName } from './service.ts';
import { userService } from './user-service/contract.ts';

/** Every service of the platform, in the order of the port table. */
export const catalogue: readonly ServiceContract[] = [
  gateway,
  mcpServer,
  airtableGateway,
  llmOrchestrator,
  fileService,
  sagaService,
  automationServices,
  platformServices,
  userService,
  frontend,
];

/** The contract of a service; every name has one. */
export function contractOf(name: ServiceName): ServiceContract {
  const contract = catalogue.find((candidate) => candidate.name === name);
  if (contract === undefined) throw new Error(`no contract is declared for ${name}`);
  return contract;
}
