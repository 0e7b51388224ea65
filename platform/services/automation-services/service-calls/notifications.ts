import type { Notification } from '../../../contracts/automation-services/notifications.ts';
import type { Database, Tenant, Transaction } from '../../../kit/postgres/database.ts';

const columns = 'id, recipient_id, subject, body, read, created_at';

export interface NewNotification {
  recipientId: string;
  subject: string;
  body: string;
}

const insert = {
  name: 'insert_notification',
  text: `insert into automation.notifications (tenant_id, recipient_id, subject, body)
         values ($1, $2, $3, $4) returning ${columns}`,
};

const valuesOf = (who: Tenant, { recipientId, subject, body }: NewNotification) => [
  who.tenantId,
  recipientId,
  subject,
  body,
];

/** Stores a notification within a transaction of the tenant. */
export async function insertNotification(
  tx: Transaction,
  who: Tenant,
  notification: NewNotification,
): Promise<Notification> {
  const { rows } = await tx.query<Notification>(insert, valuesOf(who, notification));
  return rows[0] as Notification;
}

/** Delivers a notification: whoever it is to finds it at `GET /notifications`, if they belong to the tenant. */
export async function deliverNotification(
  database: Database,
  who: Tenant,
  notification: NewNotification,
): Promise<Notification> {
  const { rows } = await database.tenantQuery<Notification>(who, insert, valuesOf(who, notification));
  return rows[0] as Notification;
}

/** One page of the caller's own, newest first. */
export async function listNotifications(
  database: Database,
  who: Tenant,
  { page, pageSize }: { page: number; pageSize: number },
): Promise<{ notifications: Notification[]; total: number }> {
  return database.withTenant(who, async (tx) => {
    const counted = await tx.query<{ total: number }>(
      'select count(*) as total from automation.notifications where recipient_id = $1',
      [who.userId],
    );
    const { rows } = await tx.query<Notification>(
      `select ${columns} from automation.notifications where recipient_id = $1
       order by created_at desc, id limit $2 offset $3`,
      [who.userId, pageSize, (page - 1) * pageSize],
    );
    return { notifications: rows, total: counted.rows[0]?.total ?? 0 };
  });
}

/** Marks one of the caller's own as read; undefined when there is none such. */
export async function markRead(
  database: Database,
  who: Tenant,
  id: string,
): Promise<Notification | undefined> {
  const { rows } = await database.tenantQuery<Notification>(
    who,
    `update automation.notifications set read = true where id = $1 and recipient_id = $2 returning ${columns}`,
    [id, who.userId],
  );
  return rows[0];
}
