import type { llmOrchestrator } from '../../../contracts/llm-orchestrator/contract.ts';
import { tenantOf } from '../../../kit/auth/tenant-of.ts';
import type { Handlers } from '../../../kit/http/handler.ts';
import { problem } from '../../../kit/http/problem.ts';
import type { Database } from '../../../kit/postgres/database.ts';
import { sessionCost } from '../budgets/ledger.ts';
import { hasSession, listSessions, readHistory, removeSession } from './sessions.ts';

/** Conversations of the caller. Those of other users look like conversations that do not exist. */
export function sessionHandlers({ database }: { database: Database }) {
  return {
    sessions: ({ caller, rights, query }) =>
      listSessions(database, tenantOf(caller), { ...query, workspaceIds: rights.workspaceIds('read') }),

    async history({ caller, params: { id } }) {
      return { session_id: id, messages: await readHistory(database, tenantOf(caller), id) };
    },

    async removeSession({ caller, params: { id } }) {
      if (!(await removeSession(database, tenantOf(caller), id))) throw problem('not_found');
    },

    async sessionCost({ caller, params: { id } }) {
      const who = tenantOf(caller);
      if (!(await hasSession(database, who, id))) throw problem('not_found');
      return { session_id: id, ...(await sessionCost(database, who, id)) };
    },
  } satisfies Handlers<typeof llmOrchestrator>;
}
