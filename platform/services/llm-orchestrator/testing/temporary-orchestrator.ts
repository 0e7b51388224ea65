import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import type { AccessClaims } from '../../../contracts/identity.ts';
import { mcpServer } from '../../../contracts/mcp-server/contract.ts';
import {
  startTemporaryDatabase,
  type TemporaryDatabase,
} from '../../../database/testing/temporary-database.ts';
import { createTokenVerifier } from '../../../kit/auth/token-verifier.ts';
import { createPublishLiveEvent } from '../../../kit/events/publish-live-event.ts';
import { createLog } from '../../../kit/observe/log.ts';
import { createClient } from '../../../kit/peers/client.ts';
import { type Database, openDatabase } from '../../../kit/postgres/database.ts';
import { openRedis, type RedisStore } from '../../../kit/redis/redis.ts';
import { startKeyServer } from '../../../kit/testing/key-server.ts';
import { spawnService } from '../../../kit/testing/spawned-service.ts';
import { startTemporaryRedis } from '../../../kit/testing/temporary-redis.ts';
import { createTestAuthorities, type TestAuthorities } from '../../../kit/testing/test-authorities.ts';
import { createTestSigner } from '../../../kit/testing/test-signer.ts';
import { buildApp } from '../app.ts';
import { createMeteredModel } from '../budgets/metered-model.ts';
import type { ChatSettings } from '../chat/chat.ts';
import { createToolCatalog } from '../chat/tool-catalog.ts';
import { openGemini } from '../gemini/gemini-upstream.ts';
import { type GeminiServer, startGeminiServer } from './gemini-server.ts';

export interface AppOptions {
  /** Undefined for a service without a key. */
  apiKey?: string | undefined;
  modelTimeoutMs?: number;
  mcpUrl?: string;
  settings?: Partial<ChatSettings>;
  budgets?: { session: number; user: number };
}

export interface TemporaryOrchestrator {
  readonly gemini: GeminiServer;
  /** Rights of users in the service itself. */
  readonly authorities: TestAuthorities;
  readonly stores: TemporaryDatabase;
  readonly database: Database;
  readonly redis: RedisStore;
  /** URL of the Airtable gateway behind the tools. */
  readonly airtableUrl: string;
  /** The environment that every service of this platform needs. */
  readonly env: Readonly<Record<string, string>>;
  /** Builds the service with other settings. It is closed by `stop`. */
  appWith(options: AppOptions): FastifyInstance;
  /** Calls the default service or another one. */
  call(
    claims: AccessClaims,
    method: 'GET' | 'POST' | 'DELETE',
    url: string,
    payload?: object,
    app?: FastifyInstance,
  ): Promise<LightMyRequestResponse>;
  tokenOf(claims: AccessClaims): Promise<string>;
  stop(): Promise<void>;
}

export const apiKey = 'key-of-the-tests';
export const internalKey = 'internal-key-of-the-tests-0123456789';

/**
 * Starts the service on its own stores with real tools: the MCP server and the Airtable gateway run as processes. Only
 * the model is replaced, by recordings over HTTP.
 */
export async function startTemporaryOrchestrator(): Promise<TemporaryOrchestrator> {
  const closers: (() => Promise<unknown>)[] = [];
  const later = <T>(value: T, close: (value: T) => Promise<unknown>): T => {
    closers.push(() => close(value));
    return value;
  };
  const stop = async () => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  try {
    const stores = later(await startTemporaryDatabase(), (one) => one.stop());
    const redisServer = later(await startTemporaryRedis(), (one) => one.stop());
    const gemini = later(await startGeminiServer(), (one) => one.stop());
    const signer = await createTestSigner();
    const keys = later(await startKeyServer(signer), (one) => one.stop());
    const env = {
      INTERNAL_API_KEY: internalKey,
      REDIS_URL: redisServer.url,
      PLATFORM_SERVICES_URL: keys.url,
    };
    const airtable = later(
      await spawnService('airtable-gateway', {
        ...env,
        AUTOMATION_SERVICES_URL: 'http://127.0.0.1:9',
        DATABASE_URL: stores.urlOf('airtable_gateway'),
      }),
      (one) => one.end('SIGKILL'),
    );
    const mcp = later(
      await spawnService('mcp-server', { ...env, AIRTABLE_GATEWAY_URL: airtable.url }),
      (one) => one.end('SIGKILL'),
    );

    const log = createLog({ service: 'test', level: 'silent' });
    const database = later(
      openDatabase({ url: stores.urlOf('llm_orchestrator'), poolSize: 20, log }),
      (one) => one.close(),
    );
    const redis = later(openRedis({ url: redisServer.url, log }), (one) => one.close());
    const verifier = createTokenVerifier({
      issuer: 'pyairtable',
      audience: 'pyairtable-api',
      keys: { keyOf: signer.keyOf },
    });

    const authorities = createTestAuthorities();
    function appWith(options: AppOptions): FastifyInstance {
      const upstream = openGemini({
        apiUrl: gemini.url,
        apiKey: 'apiKey' in options ? options.apiKey : apiKey,
        timeoutMs: options.modelTimeoutMs ?? 10_000,
        temperature: 0.1,
        log,
        sleep: async () => {},
      });
      const budgets = options.budgets ?? { session: 10, user: 50 };
      const tools = createClient(mcpServer, { baseUrl: options.mcpUrl ?? mcp.url });
      const app = buildApp({
        config: { INTERNAL_API_KEY: internalKey },
        log,
        database,
        dependencies: [database.dependency, redis.dependency],
        authenticate: verifier.authenticate,
        authorities,
        upstream,
        publishLive: createPublishLiveEvent({ redis, log }),
        model: createMeteredModel({ upstream, database, defaults: budgets }),
        budgets,
        tools,
        catalog: createToolCatalog({ server: tools, redis, log }),
        settings: {
          model: 'gemini-2.5-flash',
          maxTokens: 4000,
          thinkingBudget: 0,
          contextMessages: 20,
          toolRounds: 5,
          timeoutMs: 30_000,
          ...options.settings,
        },
      });
      return later(app, (one) => one.close());
    }

    const usual = appWith({});
    return {
      gemini,
      authorities,
      stores,
      database,
      redis,
      airtableUrl: airtable.url,
      env: { ...env, MCP_SERVER_URL: mcp.url },
      appWith,
      tokenOf: (claims) => signer.sign(claims),
      async call(claims, method, url, payload, app = usual) {
        const headers = { authorization: `Bearer ${await signer.sign(claims)}` };
        return app.inject({ method, url, headers, ...(payload ? { payload } : {}) });
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Creates a base with one table through the Airtable gateway. */
export async function makeBase(service: TemporaryOrchestrator, claims: AccessClaims): Promise<string> {
  const response = await fetch(`${service.airtableUrl}/v0/meta/bases`, {
    method: 'POST',
    headers: { authorization: `Bearer ${await service.tokenOf(claims)}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      name: 'Shop',
      workspaceId: 'default',
      tables: [{ name: 'Orders', fields: [{ name: 'Name', type: 'singleLineText' }] }],
    }),
  });
  if (!response.ok)
    throw new Error(`creating a base failed with status ${response.status}: ${await response.text()}`);
  return ((await response.json()) as { id: string }).id;
}
