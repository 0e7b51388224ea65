import { type ExportedTable, ownRows } from '../../kit/erasure/exported-table.ts';

/** What of each table is in the export of an account. */
export const exportedTables: readonly ExportedTable[] = [
  ownRows('conversations.conversation_sessions', 'user_id'),
  ownRows('conversations.conversation_messages', 'user_id'),
  ownRows('conversations.session_budgets', 'user_id'),
  ownRows('conversations.api_usage_logs', 'user_id'),
  ownRows('conversations.user_budgets', 'user_id'),
];
