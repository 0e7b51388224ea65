import { listSyncLogs, syncLogList } from '../../../../services/airtable-gateway/sync/list-sync-logs.ts';
import { fileList, listFiles } from '../../../../services/file-service/store/file-rows.ts';
import { listSessions, sessionList } from '../../../../services/llm-orchestrator/sessions/sessions.ts';
import { listSagas, sagaList } from '../../../../services/saga-service/store/read-sagas.ts';
import { listProfiles, profileList } from '../../../../services/user-service/profiles.ts';
import { idOf, type ListCase, numbers, timeOfRow } from '../list-case.ts';

const profiles: ListCase = {
  id: 'profiles',
  title: 'Profiles of a tenant',
  service: 'user-service',
  role: 'user_service',
  path: () => '/users',
  entries: 'users',
  list: profileList,
  where: 'true',
  fill: `insert into profiles.profiles (id, tenant_id, email, display_name, role)
         select gen_random_uuid(), :tenant, n || '@example.com', 'User ' || n / 6, 'user'
         from ${numbers}`,
  read: listProfiles,
};

const sagas: ListCase = {
  id: 'sagas',
  title: 'Sagas of a workspace',
  service: 'saga-service',
  role: 'saga_service',
  path: () => '/saga',
  entries: 'sagas',
  key: { column: 'id', field: 'saga_id' },
  list: sagaList,
  where: 'e.workspace_id = :workspace',
  fill: `insert into sagas.sagas (tenant_id, id, started_by, workspace_id, pattern, status, metadata, definition, input,
           request_hash, timeout_at, created_at, updated_at)
         select :tenant, gen_random_uuid(), :user, :workspace, 'orchestration', 'completed', '{}', '[]', '{}', '', ${timeOfRow},
           ${timeOfRow}, ${timeOfRow} from ${numbers}`,
  async read(database, owner, paging) {
    const { sagas, ...page } = await listSagas(database, owner, {
      ...paging,
      workspaceIds: [owner.workspaceId],
    });
    return { entries: sagas, ...page };
  },
};

const files: ListCase = {
  id: 'files',
  title: 'Files of a workspace',
  service: 'file-service',
  role: 'file_service',
  path: () => '/files',
  entries: 'files',
  list: fileList,
  where: 'e.workspace_id = :workspace',
  fill: `insert into files.files (id, tenant_id, uploaded_by, workspace_id, filename, extension, content_type, size,
           storage_name, status, sha256, created_at)
         select gen_random_uuid(), :tenant, :user, :workspace, n || '.txt', 'txt', 'text/plain', 1,
           replace(gen_random_uuid()::text, '-', ''), 'completed', repeat('0', 64), ${timeOfRow} from ${numbers}`,
  async read(database, owner, paging) {
    const { files, ...page } = await listFiles(database, owner, {
      ...paging,
      workspaceIds: [owner.workspaceId],
    });
    return { entries: files, ...page };
  },
};

const conversations: ListCase = {
  id: 'conversations',
  title: 'Conversations of a user',
  service: 'llm-orchestrator',
  role: 'llm_orchestrator',
  path: () => '/sessions',
  entries: 'sessions',
  list: sessionList,
  where: 'e.user_id = :user and e.workspace_id = :workspace',
  fill: `insert into conversations.conversation_sessions (tenant_id, user_id, workspace_id, id, title, last_activity)
         select :tenant, :user, :workspace, gen_random_uuid()::text, 'Conversation', ${timeOfRow} from ${numbers}`,
  async read(database, owner, paging) {
    const { sessions, ...page } = await listSessions(database, owner, {
      ...paging,
      workspaceIds: [owner.workspaceId],
    });
    return { entries: sessions, ...page };
  },
};

const baseId = idOf('base');

const syncLogs: ListCase = {
  id: 'sync-logs',
  title: 'Logs of the syncs of a base',
  service: 'airtable-gateway',
  role: 'airtable_gateway',
  path: () => '/sync/logs',
  entries: 'logs',
  key: { column: 'sync_id', field: 'sync_id' },
  list: syncLogList,
  before: `insert into airtable.airtable_bases (tenant_id, base_id, base_name)
           select :tenant, ${baseId.sql}::text, 'Lists' where :workspace is not null
           on conflict do nothing`,
  where: `e.base_id = ${baseId.sql}::text`,
  fill: `insert into airtable.airtable_sync_logs (tenant_id, sync_id, base_id, sync_type, sync_status, started_at)
         select :tenant, gen_random_uuid(), ${baseId.sql}::text, 'full', 'completed', ${timeOfRow}
         from ${numbers}`,
  read: (database, owner, paging) =>
    listSyncLogs(database, owner, { ...paging, baseIds: [baseId.of(owner)] }),
};

export const otherLists = [profiles, sagas, files, conversations, syncLogs];
