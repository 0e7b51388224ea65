import type { FastifyInstance } from 'fastify';
import { llmOrchestrator } from '../../contracts/llm-orchestrator/contract.ts';
import type { Authenticate } from '../../kit/auth/access.ts';
import { assertNotRevoked } from '../../kit/auth/assert-not-revoked.ts';
import { eraseRows } from '../../kit/erasure/erase.ts';
import { buildService } from '../../kit/service/build-service.ts';
import type { Dependency } from '../../kit/service/dependency.ts';
import { budgetHandlers } from './budgets/budget-handlers.ts';
import { type ChatDeps, createChat } from './chat/chat.ts';
import { chatHandler } from './chat/chat-handler.ts';
import type { Config } from './config.ts';
import { erasedTables } from './erased-tables.ts';
import { sessionHandlers } from './sessions/session-handlers.ts';

export interface LlmOrchestratorDeps extends Omit<ChatDeps, 'assertActive'> {
  config: Pick<Config, 'INTERNAL_API_KEY'>;
  dependencies: readonly Dependency[];
  authenticate: Authenticate;
}

/** Builds the service; it does not listen yet. */
export function buildApp(deps: LlmOrchestratorDeps): FastifyInstance {
  const { config, log, dependencies, authenticate, catalog, tools } = deps;
  return buildService(llmOrchestrator, {
    config,
    log,
    dependencies,
    authenticate,
    idempotency: { database: deps.database, schema: 'conversations' },
    handlers: {
      chat: chatHandler(createChat({ ...deps, assertActive: () => assertNotRevoked(authenticate) })),
      tools: async ({ signal }) => ({ tools: await catalog.list(signal) }),
      executeTool: ({ body, signal }) =>
        tools.callTool({ body: { name: body.tool_name, arguments: body.arguments } }, { signal }),
      ...sessionHandlers(deps),
      ...budgetHandlers(deps),
      erase: async ({ body }) => ({ erased: await eraseRows(deps.database, erasedTables, body) }),
    },
  });
}
