import { z } from 'zod';
import type { PublishLiveEvent } from '../../../kit/events/publish-live-event.ts';
import type { Database } from '../../../kit/postgres/database.ts';
import { insertNotification, publishNotification } from '../service-calls/notifications.ts';
import { insertedText } from './inserted-text.ts';
import { stepKind } from './step-kind.ts';
import { uuidOf } from './uuid-of.ts';

/** Stores a notification within the tenant. The default recipient is the user of the execution. */
export function notificationKind({
  database,
  publishLive,
}: {
  database: Database;
  publishLive: PublishLiveEvent;
}) {
  return stepKind({
    types: ['notification'],
    config: z.strictObject({
      subject: insertedText(z.string().trim().min(1).max(200)),
      body: insertedText(z.string().max(10_000)).default(''),
      recipient_id: z.uuid().optional(),
    }),
    async run({ subject, body, recipient_id }, { tenantId, userId, key }) {
      const recipientId = recipient_id ?? userId;
      const notification = { id: uuidOf(key), recipientId, subject, body };
      const stored = await insertNotification(database, { tenantId, userId }, notification);
      publishNotification(publishLive, stored);
      return { result: { notification_id: stored.id, recipient_id: recipientId } };
    },
  });
}
