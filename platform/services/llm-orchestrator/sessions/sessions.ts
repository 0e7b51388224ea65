import type { Paged, Paging } from '../../../contracts/paging.ts';
import { problem } from '../../../kit/http/problem.ts';
import { inWorkspaces } from '../../../kit/lists/filters.ts';
import type { ListDefinition } from '../../../kit/lists/list-definition.ts';
import { asTenant, readList } from '../../../kit/lists/read-list.ts';
import type { Database, Tenant } from '../../../kit/postgres/database.ts';
import { storableText } from '../../../kit/postgres/storable-text.ts';

export interface SessionRow {
  id: string;
  workspace_id: string;
  title: string;
  created_at: string;
  last_activity: string;
}

export interface StoredMessage {
  role: 'user' | 'assistant' | 'tool';
  content: string;
}

const begin = {
  name: 'begin_session',
  text: `insert into conversations.conversation_sessions (tenant_id, user_id, id, title, workspace_id) values ($1, $2, $3, $4, $5)
         on conflict (tenant_id, id) do nothing`,
};

/**
 * Starts a conversation, or continues the caller's conversation of this id.
 * @returns whether it is new
 * @throws ProblemError `not_found` when the conversation belongs to another user
 */
export async function openSession(
  database: Database,
  who: Tenant,
  { id, title, workspaceId }: { id: string; title: string; workspaceId: string },
): Promise<{ isNew: boolean }> {
  const { rowCount } = await database.tenantQuery(who, begin, [
    who.tenantId,
    who.userId,
    id,
    title,
    workspaceId,
  ]);
  if (rowCount === 0 && !(await hasSession(database, who, id))) throw problem('not_found');
  return { isNew: rowCount > 0 };
}

/** Whether the caller has a conversation of this id. */
export async function hasSession(database: Database, who: Tenant, id: string): Promise<boolean> {
  const { rowCount } = await database.tenantQuery(
    who,
    { name: 'has_session', text: 'select 1 from conversations.conversation_sessions where id = $1' },
    [id],
  );
  return rowCount > 0;
}

/** The workspace of the caller's conversation of this id; undefined when there is none. */
export async function workspaceOfSession(
  database: Database,
  who: Tenant,
  id: string,
): Promise<string | undefined> {
  const { rows } = await database.tenantQuery<{ workspace_id: string }>(
    who,
    {
      name: 'workspace_of_session',
      text: 'select workspace_id from conversations.conversation_sessions where id = $1',
    },
    [id],
  );
  return rows[0]?.workspace_id;
}

/** The latest messages of the user and the assistant, oldest first. */
export async function recentMessages(
  database: Database,
  who: Tenant,
  { id, limit }: { id: string; limit: number },
): Promise<StoredMessage[]> {
  const { rows } = await database.tenantQuery<StoredMessage>(
    who,
    {
      name: 'recent_messages',
      text: `select role, content from conversations.conversation_messages
             where user_id = $1 and session_id = $2 and role <> 'tool' order by id desc limit $3`,
    },
    [who.userId, id, limit],
  );
  return rows.reverse();
}

/** Appends all messages of one exchange or none. Starts the conversation again if it was deleted meanwhile. */
export async function appendMessages(
  database: Database,
  who: Tenant,
  {
    id,
    title,
    workspaceId,
    messages,
  }: { id: string; title: string; workspaceId: string; messages: readonly StoredMessage[] },
): Promise<void> {
  await database.withTenant(who, async (tx) => {
    await tx.query(begin, [who.tenantId, who.userId, id, title, workspaceId]);
    await tx.query(
      `insert into conversations.conversation_messages (tenant_id, user_id, session_id, role, content, created_at)
       select $1, $2, $3, role, content, now()
       from unnest($4::text[], $5::text[]) with ordinality as given(role, content, position) order by position`,
      [
        who.tenantId,
        who.userId,
        id,
        messages.map(({ role }) => role),
        messages.map(({ content }) => storableText(content)),
      ],
    );
    await tx.query('update conversations.conversation_sessions set last_activity = now() where id = $1', [
      id,
    ]);
  });
}

/** Removes a conversation without messages. */
export async function removeEmptySession(database: Database, who: Tenant, id: string): Promise<void> {
  await database.tenantQuery(
    who,
    {
      name: 'forget_empty_session',
      text: `delete from conversations.conversation_sessions s where s.id = $1 and not exists (
               select from conversations.conversation_messages m where m.user_id = s.user_id and m.session_id = s.id)`,
    },
    [id],
  );
}

/** Deletes a conversation of the caller with all its messages. False when there is none. */
export async function removeSession(database: Database, who: Tenant, id: string): Promise<boolean> {
  const { rowCount } = await database.tenantQuery(
    who,
    { name: 'remove_session', text: 'delete from conversations.conversation_sessions where id = $1' },
    [id],
  );
  return rowCount > 0;
}

export const sessionList: ListDefinition = {
  name: 'list_sessions',
  table: 'conversations.conversation_sessions',
  columns: 'id, workspace_id, title, created_at, last_activity',
  sortedBy: [
    { column: 'last_activity', type: 'timestamptz' },
    { column: 'id', type: 'text' },
  ],
  direction: 'desc',
};

/** One page of the caller's conversations, latest first. A conversation that goes on moves to the first page. */
export async function listSessions(
  database: Database,
  who: Tenant,
  { workspaceIds, ...paging }: Paging & { workspaceIds: readonly string[] },
): Promise<Paged & { sessions: SessionRow[] }> {
  const { entries, ...page } = await readList<SessionRow>(asTenant(database, who), sessionList, {
    ...paging,
    filters: [{ name: 'own', where: (user) => `e.user_id = ${user}::uuid`, value: who.userId }],
    parts: inWorkspaces(workspaceIds),
  });
  return { sessions: entries, ...page };
}

/** Maximum number of messages in a history. */
const historyLimit = 1_000;

/** The latest 1,000 messages, oldest first. @throws ProblemError `not_found` */
export async function readHistory(
  database: Database,
  who: Tenant,
  id: string,
): Promise<(StoredMessage & { timestamp: string })[]> {
  if (!(await hasSession(database, who, id))) throw problem('not_found');
  const { rows } = await database.tenantQuery<StoredMessage & { timestamp: string }>(
    who,
    {
      name: 'session_history',
      text: `select role, content, created_at as timestamp from conversations.conversation_messages
             where user_id = $1 and session_id = $2 order by id desc limit $3`,
    },
    [who.userId, id, historyLimit],
  );
  return rows.reverse();
}
