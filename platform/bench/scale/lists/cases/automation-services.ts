import {
  executionList,
  listExecutions,
  listLogs,
  logList,
} from '../../../../services/automation-services/executions/read-executions.ts';
import {
  listNotifications,
  notificationList,
} from '../../../../services/automation-services/service-calls/notifications.ts';
import { listVersions, versionList } from '../../../../services/automation-services/workflows/versions.ts';
import { listWorkflows, workflowList } from '../../../../services/automation-services/workflows/workflows.ts';
import { idOf, type ListCase, numbers, type Owner, timeOfRow } from '../list-case.ts';

const workflowId = idOf('workflow');
const executionId = idOf('execution');
const workflow = `
  insert into automation.workflows (id, tenant_id, workspace_id, owner_id, name, steps, status, max_retries, timeout_s)
  values (${workflowId.sql}, :tenant, :workspace, :user, 'Lists', '[]', 'active', 0, 60) on conflict do nothing`;
const execution = `
  with workflow as (${workflow})
  insert into automation.executions
    (id, tenant_id, workspace_id, workflow_id, workflow_version, user_id, trigger, status, timeout_s, max_retries)
  values (${executionId.sql}, :tenant, :workspace, ${workflowId.sql}, 1, :user, 'manual', 'completed', 60, 0) on conflict do nothing`;
const of = { service: 'automation-services', role: 'automation_services' } as const;

const workflows: ListCase = {
  ...of,
  id: 'workflows',
  title: 'Workflows of a workspace',
  path: () => '/workflows',
  entries: 'workflows',
  list: workflowList,
  where: 'e.workspace_id = :workspace',
  fill: `insert into automation.workflows
           (tenant_id, workspace_id, owner_id, name, steps, status, max_retries, timeout_s, created_at)
         select :tenant, :workspace, :user, 'Workflow ' || n, '[]', 'active', 0, 60, ${timeOfRow} from ${numbers}`,
  async read(database, owner, paging) {
    const { workflows, ...page } = await listWorkflows(database, owner, {
      ...paging,
      workspaceIds: [owner.workspaceId],
    });
    return { entries: workflows, ...page };
  },
};

/** Executions of one workflow, which also are those of the workspace. */
const executionRows = {
  ...of,
  entries: 'executions',
  list: executionList,
  before: workflow,
  fill: `
    with added as (
      insert into automation.executions (tenant_id, workspace_id, workflow_id, workflow_version, user_id, trigger, status,
        timeout_s, max_retries, created_at)
      select :tenant, :workspace, ${workflowId.sql}, 1, :user, 'manual', 'completed', 60, 0, ${timeOfRow} from ${numbers} returning id
    )
    insert into automation.execution_steps (execution_id, tenant_id, index, type, config, continue_on_error, status)
    select id, :tenant, 0, 'delay', '{}', false, 'completed' from added`,
} as const;

const executions: ListCase = {
  ...executionRows,
  id: 'executions',
  title: 'Executions of a workspace',
  path: () => '/executions',
  where: 'e.workspace_id = :workspace',
  async read(database, owner, paging) {
    const { executions, ...page } = await listExecutions(database, owner, {
      ...paging,
      workspaceIds: [owner.workspaceId],
    });
    return { entries: executions, ...page };
  },
};

const workflowExecutions: ListCase = {
  ...executionRows,
  id: 'workflow-executions',
  title: 'Executions of a workflow',
  path: (owner: Owner) => `/workflows/${workflowId.of(owner)}/executions`,
  where: `e.workflow_id = ${workflowId.sql}`,
  async read(database, owner, paging) {
    const { executions, ...page } = await listExecutions(database, owner, {
      ...paging,
      workflowId: workflowId.of(owner),
    });
    return { entries: executions, ...page };
  },
};

const versions: ListCase = {
  ...of,
  id: 'workflow-versions',
  title: 'Versions of a workflow',
  path: (owner: Owner) => `/workflows/${workflowId.of(owner)}/versions`,
  entries: 'versions',
  key: { column: 'version', field: 'version' },
  list: versionList,
  before: workflow,
  where: `e.workflow_id = ${workflowId.sql}`,
  fill: `insert into automation.workflow_versions
           (workflow_id, tenant_id, version, name, description, steps, triggers, max_retries, timeout_s, changed_by)
         select ${workflowId.sql}, :tenant, n, 'Version', '', '[]', '[]', 0, 60, :user from ${numbers}`,
  async read(database, owner, paging) {
    const { versions, ...page } = await listVersions(database, owner, {
      id: workflowId.of(owner),
      ...paging,
    });
    return { entries: versions, ...page };
  },
};

const logs: ListCase = {
  ...of,
  id: 'execution-logs',
  title: 'Log of an execution',
  path: (owner: Owner) => `/executions/${executionId.of(owner)}/logs`,
  entries: 'logs',
  key: { column: 'message', field: 'message' },
  list: logList,
  before: execution,
  where: `e.execution_id = ${executionId.sql}`,
  fill: `insert into automation.execution_logs (tenant_id, execution_id, at, level, message)
         select :tenant, ${executionId.sql}, ${timeOfRow}, 'info', 'Line ' || n from ${numbers}`,
  async read(database, owner, paging) {
    const { logs, ...page } = await listLogs(database, owner, { id: executionId.of(owner), ...paging });
    return { entries: logs, ...page };
  },
};

const notifications: ListCase = {
  ...of,
  id: 'notifications',
  title: 'Notifications of a user',
  path: () => '/notifications',
  entries: 'notifications',
  list: notificationList,
  where: 'e.recipient_id = :user',
  fill: `insert into automation.notifications (tenant_id, recipient_id, subject, body, created_at)
         select :tenant, :user, 'Notification ' || n, '', ${timeOfRow} from ${numbers}`,
  async read(database, owner, paging) {
    const { notifications, ...page } = await listNotifications(database, owner, paging);
    return { entries: notifications, ...page };
  },
};

export const automationLists = [workflows, executions, workflowExecutions, versions, logs, notifications];
