import type { automationServices } from '../../../contracts/automation-services/contract.ts';
import type { fileService } from '../../../contracts/file-service/contract.ts';
import { type Authenticate, bearerToken } from '../../../kit/auth/access.ts';
import { tenantOf } from '../../../kit/auth/tenant-of.ts';
import { exportLines } from '../../../kit/erasure/export-rows.ts';
import type { Handlers } from '../../../kit/http/handler.ts';
import { problem } from '../../../kit/http/problem.ts';
import type { Client } from '../../../kit/peers/client.ts';
import type { Tenant } from '../../../kit/postgres/database.ts';
import type { Authorities } from '../../../kit/rights/authorities.ts';
import { countContents } from '../../../kit/rights/count-contents.ts';
import { findUsedGrants } from '../../../kit/rights/find-used-grants.ts';
import { startForFile } from '../executions/start-for-file.ts';
import { startForRecords } from '../executions/start-for-records.ts';
import type { WorkflowDeps } from '../workflows/workflow-handlers.ts';
import { type Command, runCommand } from './commands.ts';
import { eraseAutomation } from './erase-automation.ts';
import { exportedTables } from './exported-tables.ts';
import { insertNotification, listNotifications, markRead, publishNotification } from './notifications.ts';

export interface ServiceDeps extends WorkflowDeps {
  authorities: Authorities;
  files: Client<typeof fileService>;
  authenticate: Authenticate;
}

/** Notifications, and the calls of other services: commands and file events. */
export function serviceHandlers(deps: ServiceDeps) {
  const { database } = deps;

  /** The token that a service sends for its user. @throws ProblemError `forbidden` for another user's token */
  async function credentialOf(
    tenant: Tenant,
    raw: Parameters<typeof bearerToken>[0],
  ): Promise<Pick<Command, 'token' | 'sessionId'>> {
    if (raw.headers.authorization === undefined) return { token: undefined, sessionId: undefined };
    const token = bearerToken(raw);
    const claims = await deps.authenticate(token);
    if (claims.user_id === tenant.userId && claims.tenant_id === tenant.tenantId)
      return { token, sessionId: claims.session_id };
    throw problem('forbidden', { message: 'The access token belongs to another user.' });
  }

  return {
    notifications: ({ caller, query }) => listNotifications(database, tenantOf(caller), query),

    async readNotification({ caller, params }) {
      const found = await markRead(database, tenantOf(caller), params.id);
      if (found === undefined) throw problem('not_found');
      return found;
    },

    async notify({ body: { tenant_id, recipient_id, subject, body } }) {
      const tenant = { tenantId: tenant_id, userId: recipient_id };
      const stored = await insertNotification(database, tenant, {
        recipientId: recipient_id,
        subject,
        body,
      });
      publishNotification(deps.publishLive, stored);
      return stored;
    },

    async command({ body, raw, signal }) {
      const tenant = { tenantId: body.tenant_id, userId: body.user_id };
      const result = await runCommand(deps, {
        name: body.command,
        key: body.idempotency_key,
        tenant,
        payload: body.payload,
        ...(await credentialOf(tenant, raw.raw)),
        signal,
      });
      return { result };
    },

    async fileEvent({ body }) {
      const executions = await startForFile(deps, {
        type: body.type,
        tenantId: body.tenant_id,
        userId: body.user_id,
        workspaceId: body.workspace_id,
        contentType: body.content_type,
        size: body.size,
        file: { id: body.file_id, name: body.filename, content: body.content },
      });
      return { executions };
    },

    recordEvent: async ({ body }) => ({ executions: await startForRecords(deps, body) }),
    grantsInUse: findUsedGrants(
      database,
      `select grant_id from automation.workflows where grant_id = any($1)
       union select grant_id from automation.executions
       where grant_id = any($1) and status in ('pending', 'running', 'paused')`,
    ),
    workspaceContents: countContents(database, {
      workflows: 'select from automation.workflows where workspace_id = $1',
    }),
    exportData: async ({ body }) => exportLines(deps.database, exportedTables, body),

    erase: async ({ body }) => ({ erased: await eraseAutomation(deps, body) }),
  } satisfies Handlers<typeof automationServices>;
}
