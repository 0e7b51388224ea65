import { watchRecords } from '../tenants/sample-tenant.ts';
import type { Objects } from './objects.ts';

const fields = { Name: 'Changed' };
const field = { name: 'More', type: 'singleLineText' };
const steps = [{ type: 'log', config: { message: 'changed' } }];
const first = ({ records }: Objects) => records[0] as string;

/** Bodies of routes whose contract has no example that works for the objects of the check. */
export const bodies: Readonly<Record<string, (objects: Objects) => unknown>> = {
  'airtable-gateway.createBase': ({ workspace }) => ({
    name: 'Another',
    workspaceId: workspace,
    tables: [{ name: 'Tasks', fields: [field] }],
  }),
  'airtable-gateway.createTable': () => ({ name: 'Another', fields: [field] }),
  'airtable-gateway.changeTable': () => ({ description: 'Changed' }),
  'airtable-gateway.createField': () => field,
  'airtable-gateway.changeField': () => ({ description: 'Changed' }),
  'airtable-gateway.listRecordsByPost': () => ({ maxRecords: 1 }),
  'airtable-gateway.createRecords': () => ({ fields }),
  'airtable-gateway.updateRecords': (objects) => ({ records: [{ id: first(objects), fields }] }),
  'airtable-gateway.replaceRecords': (objects) => ({ records: [{ id: first(objects), fields }] }),
  'airtable-gateway.updateRecord': () => ({ fields }),
  'airtable-gateway.replaceRecord': () => ({ fields }),
  'airtable-gateway.createComment': () => ({ text: 'Changed' }),
  'airtable-gateway.changeComment': () => ({ text: 'Changed' }),
  'airtable-gateway.createWebhook': () => ({ specification: watchRecords }),
  'airtable-gateway.enableWebhookNotifications': () => ({ enable: false }),
  'airtable-gateway.addTable': () => ({ name: 'One more', fields: [field] }),
  'airtable-gateway.addRecord': () => fields,
  'airtable-gateway.addRecords': () => [fields],
  'airtable-gateway.changeRecord': () => fields,
  'airtable-gateway.sync': ({ base }) => ({ base_id: base }),
  'llm-orchestrator.chat': ({ workspace }) => ({ message: 'Hello', workspace_id: workspace }),
  'llm-orchestrator.setSessionBudget': () => ({ limit: 1 }),
  'llm-orchestrator.setUserBudget': () => ({ limit: 1 }),
  'saga-service.start': ({ base, workspace }) => ({
    workspace_id: workspace,
    steps: [
      {
        step_id: 'read',
        service: 'airtable-gateway',
        action: 'listTables',
        payload: { params: { baseId: base } },
      },
    ],
  }),
  'saga-service.startTemplate': ({ workspace }) => ({
    workspace_id: workspace,
    input: { name: 'By a saga' },
  }),
  'saga-service.publish': ({ workspace }) => ({ workspace_id: workspace, data: {} }),
  'saga-service.compensate': () => ({ reason: 'Changed' }),
  'automation-services.create': ({ workspace }) => ({
    workspace_id: workspace,
    name: 'Another',
    steps,
    triggers: [{ type: 'manual' }],
  }),
  'automation-services.change': () => ({ name: 'Changed', steps, triggers: [{ type: 'webhook' }] }),
  'automation-services.execute': () => ({ input: {} }),
  'automation-services.trigger': () => ({ input: {} }),
  'automation-services.changeTemplate': () => ({ name: 'Changed', category: 'readiness', steps }),
  'automation-services.createFromTemplate': ({ workspace }) => ({ name: 'Another', workspace_id: workspace }),
  'platform-services.changeToken': () => ({ name: 'Changed' }),
  'platform-services.changeWorkspace': () => ({ description: 'Changed' }),
  // Already a member: 409, after the rights are judged.
  'platform-services.addMember': ({ guest }) => ({ user_id: guest, role: 'viewer' }),
  // To the owner: nothing changes.
  'platform-services.transferWorkspace': ({ owner }) => ({ user_id: owner }),
  'platform-services.changeTenantUser': () => ({ role: 'readonly' }),
  'platform-services.changeMember': () => ({ role: 'commenter' }),
  'platform-services.invite': ({ workspace }) => ({
    email: `invited-${workspace}@readiness.example`,
    role: 'viewer',
  }),
};

/** Queries of routes that name an object in their query, or need one. */
export const queries: Readonly<Record<string, (objects: Objects) => string>> = {
  'airtable-gateway.deleteRecords': ({ records }) => `?records[]=${records[3]}`,
  'file-service.upload': ({ workspace }) => `?workspace_id=${workspace}`,
};
