import type { FastifyInstance } from 'fastify';
import { llmOrchestrator } from '../../contracts/llm-orchestrator/contract.ts';
import type { Authenticate } from '../../kit/auth/access.ts';
import { assertNotRevoked } from '../../kit/auth/assert-not-revoked.ts';
import { tenantOf } from '../../kit/auth/tenant-of.ts';
import { eraseRows } from '../../kit/erasure/erase.ts';
import { exportLines } from '../../kit/erasure/export-rows.ts';
import type { Metrics } from '../../kit/observe/metrics.ts';
import type { Authorities } from '../../kit/rights/authorities.ts';
import { countContents } from '../../kit/rights/count-contents.ts';
import { buildService } from '../../kit/service/build-service.ts';
import type { Dependency } from '../../kit/service/dependency.ts';
import { budgetHandlers } from './budgets/budget-handlers.ts';
import { type ChatDeps, createChat } from './chat/chat.ts';
import { chatHandler } from './chat/chat-handler.ts';
import type { Config } from './config.ts';
import { erasedTables } from './erased-tables.ts';
import { exportedTables } from './exported-tables.ts';
import { sessionHandlers } from './sessions/session-handlers.ts';
import { workspaceOfSession } from './sessions/sessions.ts';

export interface LlmOrchestratorDeps extends Omit<ChatDeps, 'assertActive'> {
  config: Pick<Config, 'INTERNAL_API_KEY'>;
  dependencies: readonly Dependency[];
  authenticate: Authenticate;
  authorities: Authorities;
  metrics?: Metrics;
}

/** Builds the service; it does not listen yet. */
export function buildApp(deps: LlmOrchestratorDeps): FastifyInstance {
  const { config, log, dependencies, authenticate, authorities, catalog, tools } = deps;
  return buildService(llmOrchestrator, {
    config,
    log,
    dependencies,
    authenticate,
    ...(deps.metrics && { metrics: deps.metrics }),
    rights: {
      authorities,
      // The id of a deleted conversation may be used again elsewhere, so the answer is not remembered.
      workspaceOf: { conversation: (caller, id) => workspaceOfSession(deps.database, tenantOf(caller), id) },
    },
    idempotency: { database: deps.database, schema: 'conversations' },
    handlers: {
      chat: chatHandler(createChat({ ...deps, assertActive: () => assertNotRevoked(authenticate) }), deps),
      tools: async ({ signal }) => ({ tools: await catalog.list(signal) }),
      executeTool: ({ body, signal }) =>
        tools.callTool({ body: { name: body.tool_name, arguments: body.arguments } }, { signal }),
      ...sessionHandlers(deps),
      ...budgetHandlers(deps),
      erase: async ({ body }) => ({ erased: await eraseRows(deps.database, erasedTables, body) }),
      workspaceContents: countContents(deps.database, {
        conversations: 'select from conversations.held_in_workspace($1, $2)',
      }),
      exportData: async ({ body }) => exportLines(deps.database, exportedTables, body),
    },
  });
}
