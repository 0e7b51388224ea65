import type { automationServices } from '../../../contracts/automation-services/contract.ts';
import { tenantOf } from '../../../kit/auth/tenant-of.ts';
import type { Handlers } from '../../../kit/http/handler.ts';
import { checkWorkflow } from '../workflows/check-workflow.ts';
import type { WorkflowDeps } from '../workflows/workflow-handlers.ts';
import {
  addTemplate,
  changeTemplate,
  createFromTemplate,
  listCategories,
  listTemplates,
  readTemplate,
  readUsage,
  removeTemplate,
} from './templates.ts';

/** Templates of the platform and of the tenant, and creating workflows from them. */
export function templateHandlers({ database, clock, kinds }: WorkflowDeps) {
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

    createFromTemplate: ({ caller, params, body }) =>
      createFromTemplate(database, tenantOf(caller), {
        id: params.id,
        name: body.name,
        description: body.description,
        now: clock.now(),
      }),
  } satisfies Handlers<typeof automationServices>;
}
