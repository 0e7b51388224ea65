import { fastifyCookie } from '@fastify/cookie';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { frontend } from '../../contracts/frontend/contract.ts';
import type { Log } from '../../kit/observe/log.ts';
import { buildService } from '../../kit/service/build-service.ts';
import type { Dependency } from '../../kit/service/dependency.ts';
import type { Config } from './config.ts';
import { accountHandlers } from './handlers/account-handlers.ts';
import { administrationHandlers } from './handlers/administration-handlers.ts';
import { apiHandlers } from './handlers/api-handlers.ts';
import { exportHandlers } from './handlers/export-handlers.ts';
import { formHandlers } from './handlers/form-handlers.ts';
import { invitationHandlers } from './handlers/invitation-handlers.ts';
import { pageHandlers, redirects, redirectTarget } from './handlers/page-handlers.ts';
import { recoveryHandlers } from './handlers/recovery-handlers.ts';
import { createSignedInPages } from './handlers/signed-in-pages.ts';
import { createSite } from './handlers/site.ts';
import { tokenHandlers } from './handlers/token-handlers.ts';
import { errorPage } from './pages/error-page.ts';
import { pageHeaders } from './pages/page-headers.ts';
import { icon, stylesheet, stylesheetPath } from './pages/stylesheet.ts';

export interface FrontendDeps {
  config: Pick<Config, 'INTERNAL_API_KEY' | 'GATEWAY_URL' | 'PUBLIC_ORIGIN' | 'TRUSTED_PROXIES'>;
  log: Log;
  dependencies: readonly Dependency[];
}

/** Whether the response is for a person: browsers accept HTML, programs ask for something else. */
function wantsPage(request: FastifyRequest): boolean {
  return !request.url.startsWith('/api/') && (request.headers.accept ?? '').includes('text/html');
}

function addAssets(app: FastifyInstance): void {
  app.get(stylesheetPath, (_request, reply) => {
    reply
      .headers({
        'content-type': 'text/css; charset=utf-8',
        'cache-control': 'public, max-age=31536000, immutable',
      })
      .send(stylesheet);
  });
  app.get('/assets/icon.svg', (_request, reply) => {
    reply.headers({ 'content-type': 'image/svg+xml', 'cache-control': 'public, max-age=86400' }).send(icon);
  });
}

/** Builds the frontend; it does not listen. */
export function buildApp({ config, log, dependencies }: FrontendDeps): FastifyInstance {
  const site = createSite({
    gatewayUrl: config.GATEWAY_URL,
    internalKey: config.INTERNAL_API_KEY,
    publicOrigin: config.PUBLIC_ORIGIN,
    trustedProxies: config.TRUSTED_PROXIES,
  });
  const pages = createSignedInPages(site);
  const app = buildService(frontend, {
    config,
    log,
    dependencies,
    trustRequestId: false,
    handlers: {
      ...pageHandlers(site),
      ...formHandlers(site),
      ...accountHandlers(site),
      ...recoveryHandlers(site),
      ...tokenHandlers(site, pages),
      ...exportHandlers(site, pages),
      ...invitationHandlers(site),
      ...administrationHandlers(site, pages),
      ...apiHandlers(site),
    },
  });
  app.register(fastifyCookie);
  addAssets(app);

  for (const [from, to] of Object.entries(redirects)) {
    app.get<{ Querystring: { callbackUrl?: unknown } }>(from, (request, reply) => {
      reply.redirect(redirectTarget(to, request.query.callbackUrl), 308);
    });
  }

  // Every error is an error envelope; people get it as a page.
  app.addHook('onSend', (request, reply, payload, done) => {
    const status = reply.statusCode;
    if (
      status < 400 ||
      !wantsPage(request) ||
      !String(reply.getHeader('content-type')).startsWith('application/json')
    ) {
      done(null, payload);
      return;
    }
    reply.headers(pageHeaders).removeHeader('content-length');
    done(null, errorPage({ visitor: site.visitor(request, reply), status, requestId: request.id }));
  });
  return app;
}
