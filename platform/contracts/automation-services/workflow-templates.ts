import { z } from 'zod';
import { numberedPage, numberedPaging } from '../paging.ts';
import { route } from '../route.ts';
import { Trigger, title, WorkflowStep } from './workflow-steps.ts';
import { Workflow, WorkflowInput, workflowExample } from './workflows.ts';

const TemplateInput = z.object({
  name: title,
  category: z.string().trim().min(1).max(100),
  description: z.string().max(5000).default(''),
  steps: WorkflowInput.shape.steps,
  triggers: WorkflowInput.shape.triggers,
});

export const Template = z.object({
  id: z.uuid(),
  name: z.string(),
  category: z.string(),
  description: z.string(),
  steps: z.array(WorkflowStep),
  triggers: z.array(Trigger),
  built_in: z.boolean().describe('Part of the platform, cannot be changed'),
  uses: z.int().describe('Number of workflows that the tenant created from it'),
});
export type Template = z.infer<typeof Template>;

const one = z.object({ id: z.uuid() });

export const workflowTemplateRoutes = {
  templates: route({
    method: 'GET',
    path: '/templates',
    summary: 'List the workflow templates',
    access: 'user',
    scope: 'workflows:read',
    needs: { tenant: 'member' },
    query: numberedPaging.extend({ category: z.string().max(100).optional() }),
    success: {
      status: 200,
      description: 'One page',
      schema: z.object({ templates: z.array(Template), ...numberedPage }),
    },
  }),
  templateCategories: route({
    method: 'GET',
    path: '/templates/categories',
    summary: 'List the categories with their numbers of templates',
    access: 'user',
    scope: 'workflows:read',
    needs: { tenant: 'member' },
    success: {
      status: 200,
      description: 'All categories',
      schema: z.object({ categories: z.array(z.object({ name: z.string(), templates: z.int() })) }),
    },
  }),
  template: route({
    method: 'GET',
    path: '/templates/:id',
    summary: 'Get a template',
    access: 'user',
    scope: 'workflows:read',
    needs: { tenant: 'member' },
    params: one,
    success: { status: 200, description: 'The template', schema: Template },
    problems: ['not_found'],
  }),
  addTemplate: route({
    method: 'POST',
    path: '/templates',
    summary: 'Create a template for the tenant',
    access: 'user',
    scope: 'workflows:write',
    needs: { tenant: 'member' },
    body: TemplateInput,
    bodyExample: { ...workflowExample, category: 'notifications' },
    success: { status: 201, description: 'The template', schema: Template },
  }),
  changeTemplate: route({
    method: 'PUT',
    path: '/templates/:id',
    summary: 'Replace a template of the tenant',
    access: 'user',
    scope: 'workflows:write',
    needs: { tenant: 'member' },
    params: one,
    body: TemplateInput,
    success: { status: 200, description: 'The template', schema: Template },
    problems: ['not_found', 'forbidden'],
  }),
  removeTemplate: route({
    method: 'DELETE',
    path: '/templates/:id',
    summary: 'Delete a template of the tenant, but not workflows created from it',
    access: 'user',
    scope: 'workflows:write',
    needs: { tenant: 'member' },
    params: one,
    success: { status: 204, description: 'The template is deleted' },
    problems: ['not_found', 'forbidden'],
  }),
  templateUsage: route({
    method: 'GET',
    path: '/templates/:id/usage-stats',
    summary: 'Get how the tenant has used a template',
    access: 'user',
    scope: 'workflows:read',
    needs: { tenant: 'member' },
    params: one,
    success: {
      status: 200,
      description: 'Counts of the existing workflows created from it, and of all uses',
      schema: z.object({
        template_id: z.uuid(),
        uses: z.int(),
        workflows: z.int(),
        executions: z.int(),
        last_used_at: z.iso.datetime().nullable(),
      }),
    },
    problems: ['not_found'],
  }),
  createFromTemplate: route({
    method: 'POST',
    path: '/templates/:id/create-workflow',
    summary: 'Create a workflow from a template',
    access: 'user',
    scope: 'workflows:write',
    needs: { right: 'edit', of: 'workspace', id: 'body.workspace_id' },
    params: one,
    body: z.object({
      name: title,
      description: z.string().max(5000).optional(),
      workspace_id: WorkflowInput.shape.workspace_id,
    }),
    success: { status: 201, description: 'The workflow', schema: Workflow },
    problems: ['not_found'],
  }),
} as const;
