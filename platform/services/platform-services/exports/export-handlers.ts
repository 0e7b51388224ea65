import { Readable } from 'node:stream';
import type { platformServices } from '../../../contracts/platform-services/contract.ts';
import { tenantOf } from '../../../kit/auth/tenant-of.ts';
import type { Handlers } from '../../../kit/http/handler.ts';
import type { Database } from '../../../kit/postgres/database.ts';
import { currentAccount } from '../accounts/accounts.ts';
import type { VerifyPassword } from '../accounts/verify-password.ts';
import { originOf } from '../audit/audit.ts';
import { claimDownload, readArchive } from './download-export.ts';
import { listExports, orderExport, readExport } from './exports.ts';

/** Exports of the caller's own data. */
export function exportHandlers(deps: {
  database: Database;
  verifyPassword: VerifyPassword;
  /** Called when an export is to be made. Must return at once. */
  onExport: () => void;
}): Pick<
  Handlers<typeof platformServices>,
  'requestExport' | 'listExports' | 'exportState' | 'downloadExport'
> {
  const { database, verifyPassword, onExport } = deps;
  return {
    async requestExport(request) {
      const { body, caller } = request;
      const origin = originOf(request);
      const who = tenantOf(caller);
      const account = await currentAccount(database, who);
      await verifyPassword(account.email, account, body.current_password, origin);
      const ordered = await orderExport(database, who, origin);
      onExport();
      return ordered;
    },

    listExports: async ({ caller }) => ({ exports: await listExports(database, tenantOf(caller)) }),

    exportState: ({ caller, params }) => readExport(database, tenantOf(caller), params.id),

    async downloadExport(request) {
      const { caller, params, reply } = request;
      const who = tenantOf(caller);
      const size = await claimDownload(database, who, params.id);
      reply.headers({
        'content-type': 'application/octet-stream',
        'content-length': size,
        'content-disposition': `attachment; filename="export-${params.id}.zip"`,
        'cache-control': 'no-store',
      });
      return Readable.from(readArchive(database, who, { id: params.id, origin: originOf(request) }), {
        objectMode: false,
        highWaterMark: 1,
      });
    },
  };
}
