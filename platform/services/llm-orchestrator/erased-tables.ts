import { deletesOwn, type ErasedTable, keepsNameless, nobody } from '../../kit/erasure/erased-table.ts';
import { erasedKeys } from '../../kit/idempotency/erased-keys.ts';

/**
 * How the deletion of an account changes the rows of each table. Conversations go with their user. The costs of a
 * user who leaves stay in the tenant's ledger, because its budget counts them.
 */
export const erasedTables: readonly ErasedTable[] = [
  erasedKeys('conversations'),
  {
    table: 'conversations.conversation_sessions',
    tenant: { text: 'select conversations.erase_conversations() as erased' },
    person: deletesOwn('conversations.conversation_sessions', 'user_id'),
  },
  { table: 'conversations.conversation_messages', tenant: 'cascade' },
  { table: 'conversations.session_budgets', tenant: 'cascade' },
  {
    table: 'conversations.api_usage_logs',
    tenant: 'delete',
    person: ({ userId }) => [
      {
        // Clients choose the ids of conversations.
        text: `update conversations.api_usage_logs set user_id = $2, session_id = 'erased' where user_id = $1`,
        values: [userId, nobody.id],
      },
    ],
  },
  {
    table: 'conversations.user_budgets',
    tenant: 'delete',
    person: (person) => [
      ...deletesOwn('conversations.user_budgets', 'user_id')(person),
      ...keepsNameless('conversations.user_budgets', 'updated_by')(person),
    ],
  },
];
