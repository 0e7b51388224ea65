// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders, filled in when a step runs
import { z } from 'zod';
import { Registration } from '../contracts/authentication.ts';
import type { SagaDefinition, StepDefinition } from './step-definition.ts';

/** A saga that is ready to start; `input` is all a caller has to give. */
export interface Template extends SagaDefinition {
  type: string;
  title: string;
  /** Its fields are named in steps as `${input.field}`. */
  input: z.ZodObject;
  /** Fields of the input that are kept in memory only. */
  secretInput?: readonly string[];
  /** Type of the events that start it, once per user, with their data as input. Its steps need no token then. */
  trigger?: string;
  /** Most starts by one user within an hour. */
  perHour?: number;
}

function step(
  given: Pick<StepDefinition, 'step_id' | 'service' | 'action'> & Partial<StepDefinition>,
): StepDefinition {
  return { payload: {}, timeout: 60, retry_attempts: 3, optional: false, ...given };
}

/** A notification to a user; a saga does not fail for want of it. */
function notification(
  text: { subject: string; body: string },
  to = { tenant_id: '${saga.tenant_id}', user_id: '${saga.user_id}' },
): StepDefinition {
  return step({
    step_id: 'notify',
    service: 'automation-services',
    action: 'command',
    trusted: true,
    optional: true,
    payload: { body: { command: 'notify', idempotency_key: '${saga.id}:notify', ...to, payload: text } },
  });
}

const airtableId = z.string().min(1).max(64);
const tableName = z.string().min(1).max(255);

const userRegistration: Template = {
  type: 'user_registration',
  title: 'Register somebody: account, profile, welcome',
  pattern: 'orchestration',
  timeout: 600,
  input: z.object({
    email: Registration.shape.email,
    password: Registration.shape.password,
    name: z.string().trim().min(1).max(200),
  }),
  secretInput: ['password'],
  // Registering directly is limited at the gateway, which this way would go around.
  perHour: 3,
  steps: [
    step({
      step_id: 'register',
      service: 'platform-services',
      action: 'register',
      trusted: true,
      payload: { body: { email: '${input.email}', password: '${input.password}', name: '${input.name}' } },
      // The tokens belong to who is registered, not to who started this.
      keep: ['user', 'workspace_id'],
      // An attempt whose answer was lost would make the next one a duplicate.
      retry_attempts: 0,
      compensation_action: 'deleteUser',
      compensation_payload: {
        params: { id: '${result.user.id}' },
        query: { tenant_id: '${result.user.tenant_id}' },
      },
    }),
    step({
      step_id: 'profile',
      service: 'user-service',
      action: 'createProfile',
      trusted: true,
      payload: {
        body: {
          id: '${register.user.id}',
          tenant_id: '${register.user.tenant_id}',
          email: '${register.user.email}',
          display_name: '${input.name}',
        },
      },
      compensation_action: 'deleteProfile',
      compensation_payload: { params: { id: '${result.id}' }, query: { tenant_id: '${result.tenant_id}' } },
    }),
    notification(
      { subject: 'Welcome', body: 'Welcome, ${input.name}. Your account is ready.' },
      { tenant_id: '${register.user.tenant_id}', user_id: '${register.user.id}' },
    ),
  ],
};

const userOnboarding: Template = {
  type: 'user_onboarding',
  title: 'A workspace to try things out in, and a welcome',
  pattern: 'orchestration',
  timeout: 600,
  trigger: 'user.registered',
  input: z.object({ workspace_name: z.string().trim().min(1).max(200).default('First steps') }),
  steps: [
    step({
      step_id: 'workspace',
      service: 'platform-services',
      action: 'createWorkspaceFor',
      trusted: true,
      payload: {
        body: {
          tenant_id: '${saga.tenant_id}',
          owner_id: '${saga.user_id}',
          name: '${input.workspace_name}',
        },
      },
      compensation_action: 'deleteWorkspaceOf',
      compensation_payload: { params: { id: '${result.id}' }, query: { tenant_id: '${saga.tenant_id}' } },
    }),
    notification({ subject: 'Welcome', body: 'Your workspace ${workspace.name} is ready.' }),
  ],
};

const workspaceCreation: Template = {
  type: 'workspace_creation',
  title: 'A workspace of the caller and a base for it',
  pattern: 'orchestration',
  timeout: 900,
  input: z.object({
    name: z.string().trim().min(1).max(200),
    description: z.string().trim().max(2000).nullable().default(null),
    table_name: tableName.default('Tasks'),
    airtable_workspace_id: airtableId.default('default').describe('Where the base is created'),
  }),
  steps: [
    step({
      step_id: 'workspace',
      service: 'platform-services',
      action: 'createWorkspaceFor',
      trusted: true,
      payload: {
        body: {
          tenant_id: '${saga.tenant_id}',
          owner_id: '${saga.user_id}',
          name: '${input.name}',
          description: '${input.description}',
        },
      },
      compensation_action: 'deleteWorkspaceOf',
      compensation_payload: { params: { id: '${result.id}' }, query: { tenant_id: '${saga.tenant_id}' } },
    }),
    // Airtable has no way to delete a base: nothing that can fail the saga comes after it.
    step({
      step_id: 'base',
      service: 'airtable-gateway',
      action: 'createBase',
      retry_attempts: 0,
      payload: {
        body: {
          name: '${input.name}',
          workspaceId: '${input.airtable_workspace_id}',
          tables: [{ name: '${input.table_name}', fields: [{ name: 'Name', type: 'singleLineText' }] }],
        },
      },
    }),
    notification({
      subject: 'Workspace ready',
      body: '${workspace.name} and its base ${base.id} are ready.',
    }),
  ],
};

const dataSync: Template = {
  type: 'data_sync',
  title: 'Copy records from one table to another',
  pattern: 'orchestration',
  timeout: 1800,
  input: z.object({
    source_base_id: airtableId,
    source_table: tableName,
    target_base_id: airtableId,
    target_table: tableName,
    max_records: z.int().min(1).max(10).default(10),
  }),
  steps: [
    step({
      step_id: 'validate',
      service: 'airtable-gateway',
      action: 'schema',
      payload: { params: { baseId: '${input.target_base_id}' } },
    }),
    step({
      step_id: 'extract',
      service: 'airtable-gateway',
      action: 'records',
      payload: {
        params: { baseId: '${input.source_base_id}', tableId: '${input.source_table}' },
        query: { max_records: '${input.max_records}' },
      },
    }),
    step({
      step_id: 'load',
      service: 'airtable-gateway',
      action: 'addRecords',
      // An attempt whose answer was lost would leave records that nothing knows of.
      retry_attempts: 0,
      payload: {
        params: { baseId: '${input.target_base_id}', tableId: '${input.target_table}' },
        body: '${extract.records.*.fields}',
      },
      compensation_action: 'deleteRecords',
      compensation_payload: {
        params: { baseId: '${input.target_base_id}', tableIdOrName: '${input.target_table}' },
        query: { 'records[]': '${result.records.*.id}' },
      },
    }),
    step({
      step_id: 'verify',
      service: 'airtable-gateway',
      action: 'sync',
      timeout: 120,
      payload: { body: { base_id: '${input.target_base_id}' } },
      expect: { sync_status: 'completed' },
    }),
  ],
};

const aiAnalysis: Template = {
  type: 'ai_analysis',
  title: 'Ask the model about a table and keep its answer in another',
  pattern: 'orchestration',
  timeout: 3600,
  input: z.object({
    base_id: airtableId,
    table: tableName,
    question: z.string().trim().min(1).max(10_000),
    max_records: z.int().min(1).max(100).default(50),
    report_table: tableName,
    report_field: z.string().min(1).max(255).describe('A text field of the report table'),
  }),
  steps: [
    step({
      step_id: 'prepare',
      service: 'airtable-gateway',
      action: 'records',
      payload: {
        params: { baseId: '${input.base_id}', tableId: '${input.table}' },
        query: { max_records: '${input.max_records}' },
      },
    }),
    step({
      step_id: 'run',
      service: 'llm-orchestrator',
      action: 'chat',
      timeout: 1800,
      retry_attempts: 1,
      payload: {
        body: {
          message: '${input.question}\n\nRecords of the table, as JSON:\n${prepare.records}',
          base_id: '${input.base_id}',
        },
      },
    }),
    step({
      step_id: 'store',
      service: 'airtable-gateway',
      action: 'addRecord',
      retry_attempts: 0,
      payload: {
        params: { baseId: '${input.base_id}', tableId: '${input.report_table}' },
        body: { '${input.report_field}': '${run.response}' },
      },
      compensation_action: 'removeRecord',
      compensation_payload: {
        params: {
          baseId: '${input.base_id}',
          tableId: '${input.report_table}',
          recordId: '${result.id}',
        },
      },
    }),
    notification({ subject: 'Analysis ready', body: 'It is kept as ${store.id} in ${input.report_table}.' }),
  ],
};

const webhookProcessing: Template = {
  type: 'webhook_processing',
  title: 'Record what a webhook delivered and run a workflow on it',
  pattern: 'choreography',
  timeout: 300,
  input: z.object({
    base_id: airtableId,
    table: tableName,
    fields: z.record(z.string().max(255), z.unknown()),
    workflow_id: z.uuid(),
  }),
  steps: [
    step({
      step_id: 'validate',
      service: 'airtable-gateway',
      action: 'schema',
      payload: { params: { baseId: '${input.base_id}' } },
    }),
    step({
      step_id: 'record',
      service: 'airtable-gateway',
      action: 'addRecord',
      retry_attempts: 0,
      payload: {
        params: { baseId: '${input.base_id}', tableId: '${input.table}' },
        body: '${input.fields}',
      },
      compensation_action: 'removeRecord',
      compensation_payload: {
        params: { baseId: '${input.base_id}', tableId: '${input.table}', recordId: '${result.id}' },
      },
    }),
    step({
      step_id: 'automation',
      service: 'automation-services',
      action: 'command',
      trusted: true,
      payload: {
        body: {
          command: 'execute_workflow',
          idempotency_key: '${saga.id}:automation',
          tenant_id: '${saga.tenant_id}',
          user_id: '${saga.user_id}',
          payload: { workflow_id: '${input.workflow_id}', input: { record: '${record}' } },
        },
      },
    }),
  ],
};

/**
 * All templates. Where a step acts with the platform's own rights it names only the tenant and user of the saga, or
 * what the saga itself has created.
 */
export const templates: readonly Template[] = [
  userRegistration,
  userOnboarding,
  workspaceCreation,
  dataSync,
  aiAnalysis,
  webhookProcessing,
];

export function findTemplate(type: string): Template | undefined {
  return templates.find((template) => template.type === type);
}
