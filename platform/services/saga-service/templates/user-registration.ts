// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders, filled in when a step runs
import { z } from 'zod';
import { Registration } from '../../../contracts/platform-services/authentication.ts';
import { notification } from './recurring-steps.ts';
import { step, type Template } from './template.ts';

export const userRegistration: Template = {
  type: 'user_registration',
  title: 'Register a user: account, profile, welcome message',
  pattern: 'orchestration',
  timeout: 600,
  input: z.object({
    email: Registration.shape.email,
    password: Registration.shape.password,
    name: z.string().trim().min(1).max(200),
  }),
  secretInput: ['password'],
  // The gateway limits direct registration; this template would bypass that limit.
  perHour: 3,
  steps: [
    step({
      step_id: 'register',
      service: 'platform-services',
      action: 'register',
      trusted: true,
      payload: { body: { email: '${input.email}', password: '${input.password}', name: '${input.name}' } },
      // The tokens belong to the new user, not to the user who started the saga.
      keep: ['user', 'workspace_id'],
      // After a lost response, another attempt would fail as a duplicate.
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
