// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders, filled in when a step runs
import { z } from 'zod';
import { createWorkspace, notification } from './recurring-steps.ts';
import { type Template, workspaceName } from './template.ts';

export const userOnboarding: Template = {
  type: 'user_onboarding',
  title: 'Create a first workspace and welcome the user',
  pattern: 'orchestration',
  timeout: 600,
  trigger: 'user.registered',
  input: z.object({ workspace_name: workspaceName.default('First steps') }),
  steps: [
    createWorkspace({ name: '${input.workspace_name}' }),
    notification({ subject: 'Welcome', body: 'Your workspace ${workspace.name} is ready.' }),
  ],
};
