import { llmOrchestrator } from '../../contracts/llm-orchestrator/contract.ts';
import { mcpServer } from '../../contracts/mcp-server/contract.ts';
import { openAccess } from '../../kit/auth/open-access.ts';
import { createPublishLiveEvent } from '../../kit/events/publish-live-event.ts';
import { createMetrics } from '../../kit/observe/metrics.ts';
import { createClient } from '../../kit/peers/client.ts';
import { openOwnDatabase } from '../../kit/postgres/open-own-database.ts';
import { createRowRetention } from '../../kit/retention/row-retention.ts';
import { runService } from '../../kit/service/run-service.ts';
import { buildApp } from './app.ts';
import { createMeteredModel } from './budgets/metered-model.ts';
import { createToolCatalog } from './chat/tool-catalog.ts';
import { configSchema } from './config.ts';
import { openGemini } from './gemini/gemini-upstream.ts';

/** Below the gateway's limit of the chat route, so that this service reports what took too long. */
const chatTimeoutMs = 110_000;

void runService({
  contract: llmOrchestrator,
  configSchema,
  start(context) {
    const { config, log, onClose } = context;
    const database = openOwnDatabase(context);
    const { redis, authenticate, authorities } = openAccess(context);
    const upstream = openGemini({
      apiUrl: config.GEMINI_API_URL,
      apiKey: config.GEMINI_API_KEY,
      timeoutMs: config.GEMINI_TIMEOUT_MS,
      temperature: config.TEMPERATURE,
      log,
    });
    if (upstream.missing !== undefined) log.warn(upstream.missing);
    const budgets = { session: config.DEFAULT_SESSION_BUDGET, user: config.DEFAULT_USER_BUDGET };
    const tools = createClient(mcpServer, { baseUrl: config.MCP_SERVER_URL });
    const metrics = createMetrics(llmOrchestrator.name);
    const retention = createRowRetention({
      database,
      schema: 'conversations',
      keepDays: { usage_logs: config.USAGE_RETENTION_DAYS },
      registry: metrics.registry,
      log,
    });
    onClose(retention.close);
    const app = buildApp({
      config,
      log,
      database,
      dependencies: [database.dependency, redis.dependency],
      authenticate,
      authorities,
      upstream,
      publishLive: createPublishLiveEvent({ redis, log }),
      model: createMeteredModel({ upstream, database, defaults: budgets }),
      budgets,
      tools,
      catalog: createToolCatalog({ server: tools, redis, log }),
      settings: {
        model: config.DEFAULT_MODEL,
        maxTokens: config.MAX_TOKENS,
        thinkingBudget: config.THINKING_BUDGET,
        contextMessages: config.CONTEXT_MESSAGES,
        toolRounds: config.MAX_TOOL_ROUNDS,
        timeoutMs: chatTimeoutMs,
      },
      metrics,
    });
    app.server.once('listening', retention.start);
    return app;
  },
});
