import { airtableGateway } from './airtable-gateway.ts';
import { automationServices } from './automation-services.ts';
import { fileService } from './file-service.ts';
import { frontend } from './frontend.ts';
import { gateway } from './gateway.ts';
import { llmOrchestrator } from './llm-orchestrator.ts';
import { mcpServer } from './mcp-server.ts';
import { platformServices } from './platform-services.ts';
import { sagaService } from './saga-service.ts';
import type { ServiceContract, ServiceName } from './service.ts';
import { userService } from './user-service.ts';

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
