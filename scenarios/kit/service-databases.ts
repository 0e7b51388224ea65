import type { ServiceName } from '../../platform/contracts/service.ts';

/** The PostgreSQL role and schema of one service. */
export interface ServiceDatabase {
  service: ServiceName;
  role: string;
  schema: string;
}

/** Every service that stores data in PostgreSQL. */
export const serviceDatabases: readonly ServiceDatabase[] = [
  { service: 'platform-services', role: 'platform_services', schema: 'identity' },
  { service: 'user-service', role: 'user_service', schema: 'profiles' },
  { service: 'airtable-gateway', role: 'airtable_gateway', schema: 'airtable' },
  { service: 'llm-orchestrator', role: 'llm_orchestrator', schema: 'conversations' },
  { service: 'file-service', role: 'file_service', schema: 'files' },
  { service: 'saga-service', role: 'saga_service', schema: 'sagas' },
  { service: 'automation-services', role: 'automation_services', schema: 'automation' },
];

/** Schemas of durable runs. They hold ids only. */
export const runSchemas = ['automation_runs', 'saga_runs'] as const;

/** The setting that row-level security reads the tenant from. */
export const tenantSetting = 'app.tenant_id';
