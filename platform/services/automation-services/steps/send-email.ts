import { z } from 'zod';
import { platformServices } from '../../../contracts/platform-services/contract.ts';
import { mailLimits } from '../../../contracts/platform-services/mail.ts';
import { createClient } from '../../../kit/peers/client.ts';
import { insertedText } from './inserted-text.ts';
import { toStepFailure } from './peer-failure.ts';
import { stepKind } from './step-kind.ts';
import { uuidOf } from './uuid-of.ts';

const addresses = z.array(z.string().min(1).max(254)).min(1).max(mailLimits.recipients);

/** Sends a mail to members of the workspace, through the outbox of platform-services: once, also after a crash. */
export function sendEmailKind(options: { baseUrl: string; internalKey: string }) {
  const platform = createClient(platformServices, options);
  return stepKind({
    types: ['send_email'],
    config: z.strictObject({
      to: addresses,
      subject: insertedText(z.string().trim().min(1).max(mailLimits.subject)),
      text: insertedText(z.string().min(1).max(mailLimits.text)),
    }),
    async run({ to, subject, text }, { tenantId, userId, workspaceId, key, signal }) {
      try {
        const { id, recipients } = await platform.sendMail(
          {
            body: {
              id: uuidOf(key),
              tenant_id: tenantId,
              user_id: userId,
              workspace_id: workspaceId,
              to,
              subject,
              text,
            },
          },
          { signal },
        );
        return { result: { mail_id: id, recipients } };
      } catch (error) {
        throw toStepFailure(error, { repeatable: true });
      }
    },
  });
}
