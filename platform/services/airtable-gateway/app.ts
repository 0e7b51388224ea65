import type { FastifyInstance } from 'fastify';
import { airtableGateway } from '../../contracts/airtable-gateway/contract.ts';
import type { Authenticate } from '../../kit/auth/access.ts';
import { eraseRows } from '../../kit/erasure/erase.ts';
import { exportLines } from '../../kit/erasure/export-rows.ts';
import type { Log } from '../../kit/observe/log.ts';
import type { Metrics } from '../../kit/observe/metrics.ts';
import type { Database } from '../../kit/postgres/database.ts';
import type { Authorities } from '../../kit/rights/authorities.ts';
import { countContents } from '../../kit/rights/count-contents.ts';
import { buildService } from '../../kit/service/build-service.ts';
import type { BaseConfig } from '../../kit/service/config.ts';
import type { Dependency } from '../../kit/service/dependency.ts';
import { sendAirtableErrors } from './api/airtable-errors.ts';
import { commentHandlers } from './api/comment-handlers.ts';
import { metadataHandlers } from './api/metadata-handlers.ts';
import { plainHandlers } from './api/plain-handlers.ts';
import { recordHandlers } from './api/record-handlers.ts';
import { recordWatchHandlers } from './api/record-watch-handlers.ts';
import { syncHandlers } from './api/sync-handlers.ts';
import { limitToResources } from './api/token-resources.ts';
import { webhookHandlers } from './api/webhook-handlers.ts';
import { workspaceRights } from './api/workspace-rights.ts';
import { erasedTables } from './erased-tables.ts';
import { exportedTables } from './exported-tables.ts';
import type { OpenUpstream } from './open-upstream.ts';
import type { Upstream } from './upstream.ts';

export interface AppDeps {
  config: Pick<BaseConfig, 'INTERNAL_API_KEY'>;
  log: Log;
  /** For the metadata tables; the upstream stores the bases. */
  database: Database;
  upstream: Upstream;
  workspaceOfBase: OpenUpstream['workspaceOfBase'];
  workspaceOfNewBase: OpenUpstream['workspaceOfNewBase'];
  authorities: Authorities;
  eraseCache?: OpenUpstream['eraseCache'];
  /** Whether changes are in the database and can be reported: the upstream is the embedded Airtable. */
  reportsChanges: boolean;
  authenticate: Authenticate;
  metrics?: Metrics;
  dependencies: readonly Dependency[];
}

/** Builds the service; it does not listen yet. */
export function buildApp(deps: AppDeps): FastifyInstance {
  const { upstream, database } = deps;
  const app = buildService(airtableGateway, {
    config: deps.config,
    log: deps.log,
    dependencies: deps.dependencies,
    authenticate: deps.authenticate,
    ...(deps.metrics === undefined ? {} : { metrics: deps.metrics }),
    rights: workspaceRights(deps),
    authorize: limitToResources,
    idempotency: { database, schema: 'airtable', isOutside: !deps.reportsChanges },
    // The npm client creates records at `/v0/app…/Table/`, and table names may be long.
    paths: { ignoreTrailingSlash: true, maxParamLength: 1024 },
    handlers: {
      ...metadataHandlers(upstream),
      ...recordHandlers(upstream),
      ...commentHandlers(upstream),
      ...webhookHandlers(upstream),
      ...plainHandlers(upstream),
      ...syncHandlers({
        database,
        upstream,
        workspaceOfBase: deps.workspaceOfBase,
        movesBases: !deps.reportsChanges,
      }),
      ...recordWatchHandlers({ database, reportsChanges: deps.reportsChanges }),
      workspaceContents: countContents(database, {
        bases: `select id from airtable.bases where workspace_id = $1
                union select base_id from airtable.airtable_bases where workspace_id = $1::text`,
      }),
      exportData: async ({ body }) => exportLines(database, exportedTables, body),

      async erase({ body }) {
        const rows = await eraseRows(database, erasedTables, body);
        const keys = body.whole_tenant ? await deps.eraseCache?.(body.tenant_id) : 0;
        return { erased: rows + (keys ?? 0) };
      },
    },
  });
  sendAirtableErrors(app);
  return app;
}
