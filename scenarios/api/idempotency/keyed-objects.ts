import type { CheckContext } from '../../../harness/engine/index.ts';
import { prepare } from '../../kit/send-as.ts';
import { textAt } from '../../kit/shape.ts';
import { createSampleTenant, type SampleTenant, watchRecords } from '../../security/tenants/sample-tenant.ts';
import { createServiceObjects } from '../../security/tenants/service-objects.ts';
import type { KeyedRoute } from './keyed-routes.ts';

/** Objects of one user in every service, for requests to all keyed routes. */
export interface KeyedObjects {
  tenant: SampleTenant;
  /** Ids by the first part of a path that names them, e.g. `/api/files/:id`. */
  ids: Readonly<Record<string, string>>;
}

/** Creates objects that the requests change. */
export async function createKeyedObjects(context: CheckContext): Promise<KeyedObjects> {
  const tenant = await createSampleTenant(context);
  const { account, send } = tenant;
  const objects = await createServiceObjects(context, { account, send });
  const idOf = (name: string) => objects.find((object) => object.name === name)?.id ?? '';
  const template = await prepare(send, 'POST', '/api/templates', {
    name: context.unique('template'),
    category: 'readiness',
    steps: [{ type: 'log', config: { message: 'same' } }],
  });
  const token = await prepare(send, 'POST', '/api/auth/tokens', {
    name: context.unique('token'),
    scopes: ['data.records:read'],
  });
  return {
    tenant,
    ids: {
      '/api/files': idOf('file'),
      '/api/workspaces': idOf('workspace'),
      '/api/workflows': idOf('workflow'),
      '/api/executions': idOf('execution'),
      '/api/templates': textAt(template, 'id'),
      '/api/auth/tokens': textAt(token, 'id'),
      '/api/budgets/user': account.userId,
      '/api/saga/events': 'readiness.probe',
    },
  };
}

/** The path of a route with the ids of the objects; undefined when there is no object for it. */
export function pathOf({ id, path }: KeyedRoute, { tenant, ids }: KeyedObjects): string | undefined {
  const values: Record<string, string | undefined> = {
    baseId: tenant.baseId,
    tableIdOrName: tenant.peopleId,
    tableId: id.endsWith('.changeTable') ? tenant.teamsId : tenant.peopleId,
    fieldId: tenant.nameFieldId,
    // Two routes delete a record, and each needs one.
    recordId: tenant.personIds[id.endsWith('.removeRecord') ? 3 : 0],
    commentId: tenant.commentId,
    webhookId: tenant.webhookId,
  };
  const missing: string[] = [];
  const filled = path.replaceAll(/:(\w+)/g, (match, name: string) => {
    const prefix = path.slice(0, path.indexOf(match) - 1);
    const value = values[name] ?? ids[prefix];
    if (!value) missing.push(name);
    return value ?? match;
  });
  if (missing.length > 0) return undefined;
  return id.endsWith('.deleteRecords') ? `${filled}?records[]=${tenant.personIds[1]}` : filled;
}

/** Bodies of routes whose contract has no example, or one that names objects of others. */
export function bodyOf({ id, example }: KeyedRoute, { tenant }: KeyedObjects): unknown {
  const fields = { Name: 'repeated' };
  const records = [{ id: tenant.personIds[2], fields }];
  const text = { name: 'Name', type: 'singleLineText' };
  const bodies: Readonly<Record<string, unknown>> = {
    createBase: { name: 'Repeated', workspaceId: 'default', tables: [{ name: 'T', fields: [text] }] },
    createTable: { name: 'Repeated', fields: [text] },
    addTable: { name: 'Repeated too', fields: [text] },
    changeTable: { name: 'Teams again' },
    createField: { name: 'Repeated', type: 'singleLineText' },
    changeField: { description: 'repeated' },
    createRecords: { fields },
    updateRecords: { records },
    replaceRecords: { records },
    updateRecord: { fields },
    replaceRecord: { fields },
    createComment: { text: 'repeated' },
    changeComment: { text: 'repeated' },
    createWebhook: { specification: watchRecords },
    enableWebhookNotifications: { enable: false },
    addRecord: fields,
    addRecords: [fields],
    changeRecord: fields,
    sync: { base_id: tenant.baseId },
    setUserBudget: { limit: 1 },
    createFromTemplate: { name: 'Repeated' },
    renameTenant: { name: 'Repeated' },
    publish: { data: { base_id: tenant.baseId } },
    execute: { input: {} },
    trigger: { input: {} },
    changeTemplate: {
      name: 'Repeated',
      category: 'readiness',
      steps: [{ type: 'log', config: { message: 'x' } }],
    },
    changeWorkspace: { name: 'Repeated' },
    changeToken: { name: 'Repeated' },
  };
  const [, name = ''] = id.split('.');
  return bodies[name] ?? example;
}
