import type { automationServices } from '../../../contracts/automation-services/contract.ts';
import { bearerToken } from '../../../kit/auth/access.ts';
import { tenantOf } from '../../../kit/auth/tenant-of.ts';
import type { Handlers } from '../../../kit/http/handler.ts';
import { checkWorkflow } from '../workflows/check-workflow.ts';
import { createWorkflow } from '../workflows/save-workflow.ts';
import type { WorkflowDeps } from '../workflows/workflow-handlers.ts';
import {
  addTemplate,
  changeTemplate,
  countUse,
  listCategories,
  listTemplates,
  readTemplate,
  readUsage,
  removeTemplate,
} from './templates.ts';

/** Templates of the platform and of the tenant, and creating workflows from them. */
export function templateHandlers(deps: WorkflowDeps) {
  const { database, clock, kinds } = deps;

  return {
    templates: ({ caller, query }) => listTemplates(database, tenantOf(caller), query),

    async templateCategories({ caller }) {
      return { categories: await listCategories(database, tenantOf(caller)) };
    },

    template: ({ caller, params }) =>
      database.withTenant(tenantOf(caller), (tx) => readTemplate(tx, params.id)),

    async addTemplate({ caller, body }) {
      await checkWorkflow(body, { kinds, now: clock.now() });
      return addTemplate(database, tenantOf(caller), body);
    },

    async changeTemplate({ caller, params, body }) {
      await checkWorkflow(body, { kinds, now: clock.now() });
      return changeTemplate(database, tenantOf(caller), { id: params.id, content: body });
    },

    removeTemplate: ({ caller, params }) => removeTemplate(database, tenantOf(caller), params.id),

    async templateUsage({ caller, params }) {
      return { template_id: params.id, ...(await readUsage(database, tenantOf(caller), params.id)) };
    },

    async createFromTemplate({ caller, params, body, raw, rights }) {
      const tenant = tenantOf(caller);
      const template = await database.withTenant(tenant, (tx) => readTemplate(tx, params.id));
      return createWorkflow(deps, tenant, {
        workspaceId: rights.workspaceId,
        token: bearerToken(raw.raw),
        input: {
          name: body.name,
          description: body.description ?? template.description,
          steps: template.steps,
          triggers: template.triggers,
          max_retries: 3,
          timeout: 300,
        },
        within: (tx, workflow) => countUse(tx, tenant, { templateId: template.id, workflowId: workflow.id }),
      });
    },
  } satisfies Handlers<typeof automationServices>;
}
