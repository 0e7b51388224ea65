import { userService } from '../../../contracts/user-service/contract.ts';
import type { Log } from '../../../kit/observe/log.ts';
import { createClient } from '../../../kit/peers/client.ts';
import type { Database } from '../../../kit/postgres/database.ts';
import { createRecurringWork, type RecurringWork } from '../../../kit/service/recurring-work.ts';
import { backgroundScope, runInScope } from '../../../kit/service/scope.ts';
import type { Config } from '../config.ts';

/** Users that are searched for at a time. */
const batchSize = 20;

interface Note {
  user_id: string;
  tenant_id: string;
  change_id: string;
}

/** What user-service stores a copy of. */
export interface UserCopy {
  id: string;
  tenant_id: string;
  email: string;
  role: 'user' | 'admin' | 'moderator' | 'readonly';
  is_active: boolean;
}

/** Has user-service take over the values of a user. */
export type RefreshProfile = (user: UserCopy, signal: AbortSignal) => Promise<void>;

export function createProfileRefresh(config: Config): RefreshProfile {
  const client = createClient(userService, {
    baseUrl: config.USER_SERVICE_URL,
    internalKey: config.INTERNAL_API_KEY,
  });
  return async ({ id, ...body }, signal) => {
    await client.refreshProfile({ params: { id }, body }, { signal });
  };
}

/**
 * Brings email, role and activity of changed users to user-service. A trigger notes each change in its transaction. The
 * note is deleted after user-service has confirmed, unless there is a newer one, so every change arrives at least once.
 */
export function createChangedUsers(options: {
  database: Database;
  refresh: RefreshProfile;
  log: Log;
}): RecurringWork {
  const { database, refresh, log } = options;

  async function forward({ user_id: userId, tenant_id: tenantId, change_id }: Note, signal: AbortSignal) {
    const who = { tenantId, userId };
    const { rows } = await database.tenantQuery<UserCopy>(
      who,
      {
        name: 'copy_of_user',
        text: 'select id, tenant_id, email, role, is_active from identity.users where id = $1',
      },
      [userId],
    );
    if (rows[0] !== undefined) await refresh(rows[0], signal);
    await database.tenantQuery(
      who,
      {
        name: 'forget_changed_user',
        text: 'delete from identity.changed_users where user_id = $1 and change_id = $2',
      },
      [userId, change_id],
    );
  }

  return createRecurringWork({
    name: 'forwarding changed users',
    log,
    async work(signal) {
      await runInScope(backgroundScope(), async () => {
        for (;;) {
          const { rows } = await database.query<Note>({
            name: 'next_changed_users',
            text: `select user_id, tenant_id, change_id from identity.next_changed_users(${batchSize})`,
          });
          for (const note of rows) {
            if (signal.aborted) return;
            await forward(note, signal);
          }
          if (rows.length < batchSize) return;
        }
      });
    },
  });
}
