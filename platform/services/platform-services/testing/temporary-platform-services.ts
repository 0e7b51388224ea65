import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import {
  startTemporaryDatabase,
  type TemporaryDatabase,
} from '../../../database/testing/temporary-database.ts';
import { createLog } from '../../../kit/observe/log.ts';
import { openDatabase } from '../../../kit/postgres/database.ts';
import { openRedis } from '../../../kit/redis/redis.ts';
import { startTogether } from '../../../kit/testing/start-together.ts';
import { startTemporaryRedis } from '../../../kit/testing/temporary-redis.ts';
import { buildApp } from '../app.ts';
import { configSchema } from '../config.ts';
import { type ContentsServer, startContentsServer } from './contents-server.ts';

export const internalKey = 'k'.repeat(32);

export interface Call {
  body?: unknown;
  token?: string;
  headers?: Record<string, string>;
}

export interface TemporaryPlatformServices extends AsyncDisposable {
  readonly app: FastifyInstance;
  readonly stores: TemporaryDatabase;
  readonly redisUrl: string;
  readonly contents: ContentsServer;
  call(
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    path: string,
    call?: Call,
  ): Promise<LightMyRequestResponse>;
  /** Registers a new user and returns the session. */
  register(overrides?: Record<string, unknown>): Promise<RegisteredSession>;
  /** The mails that were written to the folder so far, oldest first. */
  mails(): Promise<string[]>;
  /** A second instance over the same stores, as behind a load balancer. */
  another(overrides?: Record<string, string>): FastifyInstance;
}

export interface RegisteredSession {
  email: string;
  password: string;
  access_token: string;
  refresh_token: string;
  workspace_id: string;
  user: { id: string; tenant_id: string; email: string };
}

/** Nothing listens there. */
const nowhere = 'http://127.0.0.1:9';

/** Starts the service on its own PostgreSQL and Redis. The other services only tell what workspaces hold. */
export async function startTemporaryPlatformServices(
  environment: Record<string, string> = {},
): Promise<TemporaryPlatformServices> {
  const [stores, redisServer, contents] = await startTogether(
    startTemporaryDatabase(),
    startTemporaryRedis(),
    startContentsServer(),
  );
  const mailFolder = await mkdtemp(join(tmpdir(), 'mails-'));
  const log = createLog({ service: 'test', level: process.env.TEST_LOG_LEVEL ?? 'silent' });
  const encryptionKey = randomBytes(32).toString('base64');
  const closers: (() => Promise<unknown>)[] = [];

  function instance(overrides: Record<string, string> = {}): FastifyInstance {
    const config = configSchema.parse({
      PORT: '0',
      INTERNAL_API_KEY: internalKey,
      DATABASE_URL: stores.urlOf('platform_services'),
      REDIS_URL: redisServer.url,
      KEY_ENCRYPTION_KEY: encryptionKey,
      MAIL_FOLDER: mailFolder,
      USER_SERVICE_URL: nowhere,
      AIRTABLE_GATEWAY_URL: contents.urlOf('airtable-gateway'),
      LLM_ORCHESTRATOR_URL: contents.urlOf('llm-orchestrator'),
      FILE_SERVICE_URL: contents.urlOf('file-service'),
      SAGA_SERVICE_URL: contents.urlOf('saga-service'),
      AUTOMATION_SERVICES_URL: contents.urlOf('automation-services'),
      ...environment,
      ...overrides,
    });
    const database = openDatabase({ url: config.DATABASE_URL, log });
    const redis = openRedis({ url: config.REDIS_URL, log });
    const built = buildApp({ config, log, database, redis });
    closers.push(async () => {
      await built.close();
      await database.close();
      await redis.close();
    });
    return built;
  }

  const app = instance();
  const call = (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, options: Call = {}) =>
    app.inject({
      method,
      url: path,
      headers: {
        ...(options.token ? { authorization: `Bearer ${options.token}` } : {}),
        ...options.headers,
      },
      ...(options.body === undefined ? {} : { payload: options.body as object }),
    });

  return {
    app,
    stores,
    redisUrl: redisServer.url,
    contents,
    call,
    async mails() {
      const names = (await readdir(mailFolder)).filter((name) => /^[^.].*\.eml$/.test(name)).sort();
      return Promise.all(names.map((name) => readFile(join(mailFolder, name), 'utf8')));
    },
    another: instance,
    async register(overrides = {}) {
      const email = `user-${randomUUID()}@example.com`;
      const password = `Kept-secret ${randomUUID()}`;
      const response = await call('POST', '/auth/register', { body: { email, password, ...overrides } });
      if (response.statusCode !== 201)
        throw new Error(`registration failed with status ${response.statusCode}: ${response.body}`);
      return { email, password, ...response.json() };
    },
    async [Symbol.asyncDispose]() {
      for (const close of closers) await close();
      await Promise.all([stores.stop(), redisServer.stop(), contents.stop()]);
      await rm(mailFolder, { recursive: true, force: true });
    },
  };
}
