import type { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { fileService } from '../../contracts/file-service/contract.ts';
import type { Authenticate } from '../../kit/auth/access.ts';
import { assertNotRevoked } from '../../kit/auth/assert-not-revoked.ts';
import { tenantOf } from '../../kit/auth/tenant-of.ts';
import type { PublishLiveEvent } from '../../kit/events/publish-live-event.ts';
import { problem } from '../../kit/http/problem.ts';
import type { Log } from '../../kit/observe/log.ts';
import type { Database } from '../../kit/postgres/database.ts';
import type { Authorities } from '../../kit/rights/authorities.ts';
import { countContents } from '../../kit/rights/count-contents.ts';
import { rememberWorkspace } from '../../kit/rights/remember-workspace.ts';
import { buildService } from '../../kit/service/build-service.ts';
import type { Dependency } from '../../kit/service/dependency.ts';
import type { RecurringWork } from '../../kit/service/recurring-work.ts';
import type { Config } from './config.ts';
import { downloadFile } from './download/download-file.ts';
import { publishUploaded } from './events/file-live-events.ts';
import { findExtraction, queueFile } from './processing/work-rows.ts';
import { eraseFiles } from './store/erase-files.ts';
import { exportFiles } from './store/export-files.ts';
import {
  countFiles,
  deleteFile,
  findFile,
  listFiles,
  type Quota,
  workspaceOfFile,
} from './store/file-rows.ts';
import type { Storage } from './store/storage.ts';
import { readContent } from './upload/read-content.ts';
import { uploadFile } from './upload/upload-file.ts';

export interface FileServiceDeps {
  config: Pick<Config, 'INTERNAL_API_KEY'>;
  log: Log;
  database: Database;
  storage: Storage;
  quota: Quota;
  processor: Pick<RecurringWork, 'wake'>;
  publishLive: PublishLiveEvent;
  events: Pick<RecurringWork, 'wake'>;
  dependencies: readonly Dependency[];
  authenticate: Authenticate;
  authorities: Authorities;
}

/** The file service without a socket. */
export function buildApp(deps: FileServiceDeps): FastifyInstance {
  const {
    config,
    log,
    database,
    storage,
    quota,
    processor,
    publishLive,
    events,
    dependencies,
    authenticate,
    authorities,
  } = deps;
  return buildService(fileService, {
    config,
    log,
    dependencies,
    authenticate,
    rights: {
      authorities,
      workspaceOf: {
        file: rememberWorkspace((caller, id) => workspaceOfFile(database, tenantOf(caller), id)),
      },
    },
    idempotency: {
      database,
      schema: 'files',
      contentOf: {
        upload: ({ body, raw }) =>
          readContent(body as Readable | undefined, raw.headers['content-type'] ?? ''),
      },
    },
    handlers: {
      async upload(request) {
        const { caller, rights, body, raw, signal } = request;
        const { 'content-type': contentType, 'content-length': contentLength } = raw.headers;
        const tenant = tenantOf(caller);
        const file = await uploadFile(
          {
            database,
            storage,
            quota,
            assertActive: () => assertNotRevoked(authenticate),
            joinResponse: (content) => request.joinResponse(content),
            onQueued: processor.wake,
            onEvent: events.wake,
          },
          {
            tenant,
            workspaceId: rights.workspaceId,
            body,
            contentType: contentType ?? '',
            contentLength: contentLength === undefined ? undefined : Number(contentLength),
            signal,
          },
        );
        publishUploaded(publishLive, tenant.userId, file);
        return file;
      },

      async list({ caller, rights, query: { workspace_id, ...filter } }) {
        if (workspace_id !== undefined) rights.require('read', workspace_id);
        const workspaceIds = workspace_id === undefined ? rights.workspaceIds('read') : [workspace_id];
        return listFiles(database, tenantOf(caller), { ...filter, workspaceIds });
      },

      async stats({ caller, rights }) {
        const counts = await countFiles(database, tenantOf(caller), rights.workspaceIds('read'));
        return { ...counts, quota_files: quota.files, quota_bytes: quota.bytes };
      },

      file: ({ caller, params }) => findFile(database, tenantOf(caller), params.id),

      async download({ caller, params, raw, reply }) {
        const file = await findFile(database, tenantOf(caller), params.id);
        return downloadFile(storage, file, { headers: raw.headers, reply });
      },

      async process({ caller, params }) {
        const file = await queueFile(database, tenantOf(caller), params.id);
        processor.wake();
        return file;
      },

      async extract({ caller, params }) {
        const tenant = tenantOf(caller);
        const file = await findFile(database, tenant, params.id);
        const extracted = file.status === 'completed' && (await findExtraction(database, tenant, file.id));
        if (!extracted) {
          const state = file.status === 'failed' ? 'failed' : 'not completed';
          throw problem('conflict', { message: `Processing has ${state}.` });
        }
        return { id: file.id, ...extracted };
      },

      async remove({ caller, params }) {
        const tenant = tenantOf(caller);
        await deleteFile(database, tenant, params.id, (storageName) =>
          storage.remove({ tenantId: tenant.tenantId, storageName }),
        );
      },

      workspaceContents: countContents(database, {
        files: 'select from files.files where workspace_id = $1',
      }),
      exportData: async ({ body }) => exportFiles(database, storage, body),
      erase: async ({ body }) => ({ erased: await eraseFiles(database, storage, body) }),
    },
  });
}
