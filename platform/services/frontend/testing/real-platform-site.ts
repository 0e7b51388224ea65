import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { startTemporaryDatabase } from '../../../database/testing/temporary-database.ts';
import { createLog } from '../../../kit/observe/log.ts';
import { spawnService } from '../../../kit/testing/spawned-service.ts';
import { startTogether } from '../../../kit/testing/start-together.ts';
import { startTemporaryRedis } from '../../../kit/testing/temporary-redis.ts';
import { buildApp } from '../app.ts';

const internalKey = 'k'.repeat(32);

/** The site before a real gateway and platform-services. */
export interface RealPlatformSite extends AsyncDisposable {
  site: FastifyInstance;
  /** Base URL of the gateway. */
  gatewayUrl: string;
  /** Folder of the mails that platform-services writes. */
  mails: string;
}

/** @param others base URL in the place of all other services */
export async function startRealPlatformSite(others: string): Promise<RealPlatformSite> {
  await using started = new AsyncDisposableStack();
  const [mails, stores, redis] = await startTogether(
    mkdtemp(join(tmpdir(), 'frontend-mails-')),
    startTemporaryDatabase(),
    startTemporaryRedis(),
  );
  started.defer(() => rm(mails, { recursive: true, force: true }));
  started.defer(() => stores.stop());
  started.defer(() => redis.stop());
  const environment = {
    INTERNAL_API_KEY: internalKey,
    REDIS_URL: redis.url,
    USER_SERVICE_URL: others,
    AIRTABLE_GATEWAY_URL: others,
    LLM_ORCHESTRATOR_URL: others,
    FILE_SERVICE_URL: others,
    SAGA_SERVICE_URL: others,
    AUTOMATION_SERVICES_URL: others,
  };
  const platformServices = await spawnService('platform-services', {
    ...environment,
    DATABASE_URL: stores.urlOf('platform_services'),
    KEY_ENCRYPTION_KEY: Buffer.alloc(32, 7).toString('base64'),
    MAIL_FOLDER: mails,
  });
  started.defer(async () => void (await platformServices.end('SIGKILL')));
  const gateway = await spawnService('gateway', {
    ...environment,
    MCP_SERVER_URL: others,
    PLATFORM_SERVICES_URL: platformServices.url,
    RATE_LIMIT_EXEMPT_ADDRESSES: '127.0.0.1',
  });
  started.defer(async () => void (await gateway.end('SIGKILL')));
  const site = buildApp({
    config: {
      INTERNAL_API_KEY: internalKey,
      GATEWAY_URL: gateway.url,
      PUBLIC_ORIGIN: undefined,
      TRUSTED_PROXIES: [],
    },
    log: createLog({ service: 'frontend', level: 'silent' }),
    dependencies: [],
  });
  started.defer(async () => void (await site.close()));
  const owned = started.move();
  return { site, gatewayUrl: gateway.url, mails, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
