import type { Notification } from '../../../contracts/automation-services/notifications.ts';
import type { Paged, Paging } from '../../../contracts/paging.ts';
import type { PublishLiveEvent } from '../../../kit/events/publish-live-event.ts';
import type { ListDefinition } from '../../../kit/lists/list-definition.ts';
import { asTenant, readList } from '../../../kit/lists/read-list.ts';
import type { Database, Tenant, Transaction } from '../../../kit/postgres/database.ts';

const columns = 'id, recipient_id, subject, body, read, created_at';

export interface NewNotification {
  /** Given if it may be stored again: then it is stored once. */
  id?: string;
  recipientId: string;
  subject: string;
  body: string;
}

const insert = {
  name: 'insert_notification',
  text: `insert into automation.notifications (tenant_id, recipient_id, subject, body, id)
         values ($1, $2, $3, $4, coalesce($5, gen_random_uuid()))
         on conflict (id) do update set id = excluded.id returning ${columns}`,
};

/** Stores a notification, alone or in a transaction. A recipient in the tenant reads it at `GET /notifications`. */
export async function insertNotification(
  store: Database | Transaction,
  tenant: Tenant,
  { id, recipientId, subject, body }: NewNotification,
): Promise<Notification> {
  const values = [tenant.tenantId, recipientId, subject, body, id ?? null];
  const { rows } = await ('tenantQuery' in store
    ? store.tenantQuery<Notification>(tenant, insert, values)
    : store.query<Notification>(insert, values));
  return rows[0] as Notification;
}

/** Tells the recipient. Call it after the notification is committed. */
export function publishNotification(
  publish: PublishLiveEvent,
  { id, recipient_id, subject, body }: Pick<Notification, 'id' | 'recipient_id' | 'subject' | 'body'>,
): void {
  const data = { notification_id: id, subject, body };
  publish('notification.created.v1', { userId: recipient_id, subject: id, data });
}

export const notificationList: ListDefinition = {
  name: 'list_notifications',
  table: 'automation.notifications',
  columns,
  sortedBy: [
    { column: 'created_at', type: 'timestamptz' },
    { column: 'id', type: 'uuid' },
  ],
  direction: 'desc',
};

/** One page of the user's own notifications, newest first. */
export async function listNotifications(
  database: Database,
  tenant: Tenant,
  paging: Paging,
): Promise<Paged & { notifications: Notification[] }> {
  const { entries, ...page } = await readList<Notification>(asTenant(database, tenant), notificationList, {
    ...paging,
    filters: [{ name: 'own', where: (user) => `e.recipient_id = ${user}::uuid`, value: tenant.userId }],
  });
  return { notifications: entries, ...page };
}

/** Marks one of the user's own notifications as read; undefined when it does not exist. */
export async function markRead(
  database: Database,
  tenant: Tenant,
  id: string,
): Promise<Notification | undefined> {
  const { rows } = await database.tenantQuery<Notification>(
    tenant,
    `update automation.notifications set read = true where id = $1 and recipient_id = $2 returning ${columns}`,
    [id, tenant.userId],
  );
  return rows[0];
}
