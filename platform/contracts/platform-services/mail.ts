import { z } from 'zod';
import { route } from '../route.ts';

/** Mails that other services send on behalf of users. */

export const mailLimits = {
  /** Maximum number of recipients of a mail. */
  recipients: 50,
  /** Maximum number of mails of a tenant's workflows in 24 hours; each recipient counts. */
  perTenantAndDay: 500,
  /** Maximum length of a subject, characters. */
  subject: 200,
  /** Maximum length of a text, characters. */
  text: 20_000,
} as const;

export const WorkspaceMail = z.strictObject({
  id: z.uuid().describe('Chosen by the caller. Sending the same id again stores nothing more'),
  tenant_id: z.uuid(),
  user_id: z.uuid().describe('The user on whose behalf the mail is sent: a member of the workspace'),
  workspace_id: z.uuid(),
  to: z
    .array(z.email().max(254))
    .min(1)
    .max(mailLimits.recipients)
    .describe('Members of the workspace, case-insensitive; each gets a mail of their own'),
  subject: z
    .string()
    .trim()
    .min(1)
    .max(mailLimits.subject)
    .regex(/^[ -~\u00a0-\uffff]*$/, 'must be one line without control characters'),
  text: z.string().min(1).max(mailLimits.text).describe('Plain text; shown as it is'),
});
export type WorkspaceMail = z.infer<typeof WorkspaceMail>;

export const mailRoutes = {
  sendMail: route({
    method: 'POST',
    path: '/internal/mail',
    summary: 'Send a mail to members of a workspace',
    description: `Stores the mail; it is sent soon afterwards, at least once, also after restarts. At most ${mailLimits.perTenantAndDay} per tenant and day.`,
    access: 'service',
    body: WorkspaceMail,
    success: {
      status: 202,
      description: 'The mail is stored',
      schema: z.object({ id: z.uuid(), recipients: z.int().min(1) }),
    },
    problems: ['forbidden', 'rate_limited'],
  }),
} as const;
