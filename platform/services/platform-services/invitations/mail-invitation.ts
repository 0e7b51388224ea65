import { randomUUID } from 'node:crypto';
import { invitationLimits } from '../../../contracts/platform-services/invitations.ts';
import { inline } from '../mail/mail-content.ts';
import type { Mailer } from '../mail/mailer.ts';
import type { MailInvitation } from './invitation-deps.ts';

const daySeconds = 24 * 3_600;

/** Stores the mail of an invitation, with its link. */
export function mailInvitation(mailer: Pick<Mailer, 'store' | 'linkTo'>): MailInvitation {
  return async (tx, { tenantId, userId }, { token, email, workspace_name, role }) => {
    const { rows } = await tx.query<{ inviter: string; tenant: string }>(
      'select u.name as inviter, t.name as tenant from identity.users u join identity.tenants t using (tenant_id) where u.id = $1',
      [userId],
    );
    const { inviter = '', tenant = '' } = rows[0] ?? {};
    const workspace = inline(workspace_name);
    await mailer.store(tx, {
      id: randomUUID(),
      tenantId,
      userId,
      kind: 'invitation',
      recipient: email,
      usefulSeconds: invitationLimits.days * daySeconds,
      content: {
        subject: `Invitation to the workspace ${workspace}`,
        paragraphs: [
          `${inline(inviter)} invites you to the workspace ${workspace} of ${inline(tenant)}, with the role ${role}.`,
        ],
        link: { label: 'Show the invitation', url: mailer.linkTo('/invitation', token) },
        closing: [
          `The link works once, for this address, for ${invitationLimits.days} days.`,
          'If you do not know the sender, ignore this mail: without your consent nothing happens.',
        ],
      },
    });
  };
}
