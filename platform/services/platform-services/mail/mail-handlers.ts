import { createHash } from 'node:crypto';
import type { platformServices } from '../../../contracts/platform-services/contract.ts';
import { mailLimits, type WorkspaceMail } from '../../../contracts/platform-services/mail.ts';
import type { Handlers } from '../../../kit/http/handler.ts';
import { fieldProblem, problem } from '../../../kit/http/problem.ts';
import type { Database, Tenant, Transaction } from '../../../kit/postgres/database.ts';
import type { Mailer } from './mailer.ts';

/** Time in which a mail of a workflow is useful, seconds. */
const usefulSeconds = 24 * 60 * 60;
const daySeconds = 24 * 60 * 60;

interface Member {
  id: string;
  email: string;
  name: string;
}

/** A uuid that the same mail to the same recipient always has. */
function mailIdOf(id: string, recipientId: string): string {
  const hex = createHash('sha256').update(`${id} ${recipientId}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

async function membersOf(tx: Transaction, workspaceId: string): Promise<Member[]> {
  const { rows } = await tx.query<Member>(
    {
      name: 'active_members',
      text: `select u.id, u.email, u.name from identity.workspace_members m join identity.users u on u.id = m.user_id
             where m.workspace_id = $1 and u.is_active`,
    },
    [workspaceId],
  );
  return rows;
}

/** The members with these addresses. @throws ProblemError `validation_failed` that names the first other address */
function recipientsOf(members: readonly Member[], to: readonly string[]): Member[] {
  const byAddress = new Map(members.map((member) => [member.email.toLowerCase(), member]));
  const found = to.map((address, index) => {
    const member = byAddress.get(address.toLowerCase());
    if (member === undefined)
      throw fieldProblem(['body', 'to', index], `${address} is not an active member of the workspace`);
    return member;
  });
  return [...new Set(found)];
}

/** @throws ProblemError `rate_limited` with `retry-after` when the tenant has sent too many mails */
async function assertBelowLimit(tx: Transaction, { tenantId }: Tenant, recipients: number): Promise<void> {
  // Concurrent requests of a tenant count in sequence.
  await tx.query('select 1 from identity.tenants where tenant_id = $1 for no key update', [tenantId]);
  const { rows } = await tx.query<{ sent: number; next_s: number | null }>(
    {
      name: 'count_workflow_mails',
      text: `select count(*)::int as sent, extract(epoch from min(created_at) - now())::int + $2 as next_s
             from identity.mails
             where tenant_id = $1 and kind = 'workflow' and created_at > now() - make_interval(secs => $2)`,
    },
    [tenantId, daySeconds],
  );
  const { sent = 0, next_s } = rows[0] ?? {};
  if (sent + recipients > mailLimits.perTenantAndDay)
    throw problem('rate_limited', {
      message: `A tenant may send ${mailLimits.perTenantAndDay} mails in 24 hours.`,
      headers: { 'retry-after': String(Math.max(1, next_s ?? daySeconds)) },
    });
}

/** The route by which services send mails on behalf of users. */
export function mailHandlers(
  database: Database,
  mailer: Mailer,
): Pick<Handlers<typeof platformServices>, 'sendMail'> {
  async function store(tx: Transaction, who: Tenant, body: WorkspaceMail): Promise<number> {
    const members = await membersOf(tx, body.workspace_id);
    const sender = members.find(({ id }) => id === who.userId);
    if (sender === undefined)
      throw problem('forbidden', { message: 'The sender is not an active member of the workspace.' });
    const recipients = recipientsOf(members, body.to);
    const ids = recipients.map(({ id }) => mailIdOf(body.id, id));
    const known = await tx.query('select 1 from identity.mails where id = any($1)', [ids]);
    if (known.rowCount === ids.length) return recipients.length;
    await assertBelowLimit(tx, who, recipients.length);
    for (const [index, { email }] of recipients.entries()) {
      await mailer.store(tx, {
        id: ids[index] as string,
        ...who,
        kind: 'workflow',
        recipient: email,
        usefulSeconds,
        content: {
          subject: body.subject,
          paragraphs: [],
          quote: body.text,
          closing: [`Sent by a workflow of ${sender.email}.`],
        },
      });
    }
    return recipients.length;
  }

  return {
    async sendMail({ body }) {
      const who = { tenantId: body.tenant_id, userId: body.user_id };
      const recipients = await database.withTenant(who, (tx) => store(tx, who, body));
      mailer.wake();
      return { id: body.id, recipients };
    },
  };
}
