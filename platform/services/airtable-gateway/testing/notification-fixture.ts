import { expect } from 'vitest';
import { createLog } from '../../../kit/observe/log.ts';
import { openDatabase } from '../../../kit/postgres/database.ts';
import type { RecurringWork } from '../../../kit/service/recurring-work.ts';
import { createNotifier, type NotifierOptions } from '../embedded/webhooks/notifier.ts';
import { type NotificationReceiver, startNotificationReceiver } from './notification-receiver.ts';
import type { ListeningGateway, TemporaryAirtableGateway } from './temporary-airtable-gateway.ts';
import { everything, makeBase, type WatchedBase } from './watched-base.ts';

export interface NotificationFixture extends AsyncDisposable {
  readonly receiver: NotificationReceiver;
  /** A gateway that trusts the receiver. */
  readonly trusting: ListeningGateway;
  readonly base: WatchedBase;
  /** Creates a webhook that calls a path of the receiver. */
  createHook(base?: WatchedBase, path?: string): Promise<{ id: string; macSecretBase64: string }>;
  /** Resolves when the gateway has no running ping. */
  settled(): Promise<void> | undefined;
  /** Creates a record in the base. */
  write(): Promise<unknown>;
  /** The first webhook of the base. */
  // biome-ignore lint/suspicious/noExplicitAny: tests read bodies of many shapes
  hook(): Promise<any>;
  /** Runs another notifier on the same database during `work`. */
  withNotifier(
    options: Partial<NotifierOptions>,
    work: (notifier: RecurringWork) => Promise<void>,
  ): Promise<void>;
}

/** Starts a receiver, and a gateway that may ping it, with a new base. */
export async function startNotificationFixture(
  gateway: TemporaryAirtableGateway,
): Promise<NotificationFixture> {
  const receiver = await startNotificationReceiver();
  const trusting = await gateway.another({ WEBHOOK_TRUSTED_ORIGINS: receiver.origin });
  const base = await makeBase(gateway);
  return {
    receiver,
    trusting,
    base,
    async createHook(where = base, path = '/ping') {
      const { status, body } = await trusting.call(where.user, 'POST', where.hooks, {
        notificationUrl: receiver.origin + path,
        specification: { options: { filters: everything } },
      });
      expect(status).toBe(200);
      return body;
    },
    settled: () => trusting.notifier?.idle(),
    write: () => trusting.call(base.user, 'POST', `/v0/${base.baseId}/People`, { fields: { Name: 'new' } }),
    hook: async () => (await trusting.call(base.user, 'GET', base.hooks)).body.webhooks[0],
    async withNotifier(options, work) {
      const log = createLog({ service: 'airtable-gateway', level: 'silent' });
      const database = openDatabase({ url: gateway.stores.urlOf('airtable_gateway'), log });
      const notifier = createNotifier({
        database,
        authorities: gateway.authorities,
        log,
        trustedOrigins: [receiver.origin],
        ...options,
      });
      try {
        await work(notifier);
      } finally {
        await notifier.close();
        await database.close();
      }
    },
    async [Symbol.asyncDispose]() {
      await trusting.notifier?.close();
      await receiver[Symbol.asyncDispose]();
    },
  };
}
