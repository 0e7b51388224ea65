// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders, filled in when a step runs
import { z } from 'zod';
import { Registration } from '../../../contracts/platform-services/authentication.ts';
import { notification } from './recurring-steps.ts';
import { step, type Template } from './template.ts';

export const userRegistration: Template = {
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
