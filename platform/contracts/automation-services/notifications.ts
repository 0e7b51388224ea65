import { z } from 'zod';
import { paged, paging } from '../paging.ts';
import { route } from '../route.ts';

export const Notification = z.object({
  id: z.uuid(),
  recipient_id: z.uuid(),
  subject: z.string(),
  body: z.string(),
  read: z.boolean(),
  created_at: z.iso.datetime(),
});

export type Notification = z.infer<typeof Notification>;

const one = z.object({ id: z.uuid() });

export const notificationRoutes = {
  notifications: route({
    method: 'GET',
    path: '/notifications',
    summary: 'List the caller’s notifications, newest first',
    access: 'user',
    needs: 'self',
    query: paging,
    success: {
      status: 200,
      description: 'One page',
      schema: z.object({ notifications: z.array(Notification), ...paged }),
    },
  }),
  readNotification: route({
    method: 'POST',
    path: '/notifications/:id/read',
    summary: 'Mark one of the caller’s notifications as read',
    access: 'user',
    needs: 'self',
    params: one,
    success: { status: 200, description: 'The notification', schema: Notification },
    problems: ['not_found'],
  }),
  notify: route({
    method: 'POST',
    path: '/notifications',
    summary: 'Deliver a notification to a user of a tenant',
    access: 'service',
    body: z.object({
      tenant_id: z.uuid(),
      recipient_id: z.uuid(),
      subject: z.string().min(1).max(200),
      body: z.string().max(10_000),
    }),
    success: { status: 201, description: 'The notification', schema: Notification },
  }),
} as const;
