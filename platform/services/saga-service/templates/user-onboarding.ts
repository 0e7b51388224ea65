// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders, filled in when a step runs
import { z } from 'zod';
import { TenantRole } from '../../../contracts/rights.ts';
import { createWorkspace, notification } from './recurring-steps.ts';
import { type Template, workspaceName } from './template.ts';

export const userOnboarding: Template = {
  type: 'user_onboarding',
  title: 'Create a first workspace and welcome the user',
  pattern: 'orchestration',
  timeout: 600,
  trigger: 'user.registered',
  input: z.object({
    workspace_name: workspaceName.default('First steps'),
    tenant_role: TenantRole.default('user'),
  }),
  steps: [
    // Users who may only read can create nothing.
    {
      ...createWorkspace({ name: '${input.workspace_name}' }),
      when: { value: '${input.tenant_role}', not_equals: 'readonly' },
    },
    {
      ...notification({ subject: 'Welcome', body: 'Your workspace ${workspace.name} is ready.' }),
      when: { value: '${workspace.name}', exists: true },
    },
    {
      ...notification({ subject: 'Welcome', body: 'Your account is ready.' }),
      step_id: 'notify_reader',
      when: { value: '${workspace.name}', exists: false },
    },
  ],
};
