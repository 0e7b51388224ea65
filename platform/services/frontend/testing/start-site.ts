import type { FastifyInstance } from 'fastify';
import { createLog } from '../../../kit/observe/log.ts';
import { buildApp } from '../app.ts';
import { gatewayDependency } from '../gateway-dependency.ts';
import { type AccountServer, startAccountServer } from './account-server.ts';
import { type VisitingBrowser, visit } from './visitor.ts';

export const internalKey = 'internal-key-of-the-tests-0123456789';

/** A frontend in front of an account server, with one visitor. */
export interface TestSite extends AsyncDisposable {
  readonly accounts: AccountServer;
  readonly app: FastifyInstance;
  readonly browser: VisitingBrowser;
}

export async function startSite(publicOrigin?: string): Promise<TestSite> {
  const accounts = await startAccountServer();
  const app = buildApp({
    config: {
      INTERNAL_API_KEY: internalKey,
      GATEWAY_URL: accounts.url,
      PUBLIC_ORIGIN: publicOrigin,
      TRUSTED_PROXIES: [],
    },
    log: createLog({ service: 'frontend', level: 'silent' }),
    dependencies: [gatewayDependency(accounts.url)],
  });
  return {
    accounts,
    app,
    browser: visit(app),
    async [Symbol.asyncDispose]() {
      await app.close();
      await accounts[Symbol.asyncDispose]();
    },
  };
}

/** The hidden CSRF field of a page. */
export function csrfOf(page: string): string {
  return /name="csrf" value="([^"]+)"/.exec(page)?.[1] ?? '';
}

/** The main heading of a page. */
export function heading(page: string): string | undefined {
  return /<h1>(.*?)<\/h1>/.exec(page)?.[1];
}
