import type { Invitation } from '../../../contracts/platform-services/invitations.ts';
import type { Database, Tenant, Transaction } from '../../../kit/postgres/database.ts';

/** Stores the mail of an invitation in the transaction that makes it. */
export type MailInvitation = (tx: Transaction, who: Tenant, invitation: Invitation) => Promise<void>;

export interface InvitationDeps {
  database: Database;
  mail: MailInvitation;
}
