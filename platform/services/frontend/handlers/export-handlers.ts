import type { Readable } from 'node:stream';
import type { frontend } from '../../../contracts/frontend/contract.ts';
import type { Handlers } from '../../../kit/http/handler.ts';
import { type ExportView, exportPage } from '../pages/account/export.ts';
import type { Notice } from '../pages/notice.ts';
import type { SignedInPage, SignedInPages } from './signed-in-pages.ts';
import type { Site } from './site.ts';

const path = '/account/export';

/** Headers of the archive that the browser gets. */
const keptHeaders = ['content-type', 'content-length', 'content-disposition', 'cache-control'] as const;

/** The page for the export of one's data. */
export function exportHandlers(
  site: Site,
  pages: SignedInPages,
): Pick<Handlers<typeof frontend>, 'exportPage' | 'requestExportForm' | 'downloadExportForm'> {
  const { api } = site.identity;

  function pageWith(notice?: Notice): SignedInPage<Pick<ExportView, 'exports'>> {
    return {
      path,
      load: (call) => api.listExports({}, call),
      render: ({ visitor, data, problems }) => exportPage({ visitor, ...data, problems, notice }),
    };
  }

  return {
    exportPage: ({ raw, reply, query }) => pages.show({ raw, reply }, pageWith(query.done)),

    requestExportForm: ({ raw, reply, body }) =>
      pages.submit(
        { raw, reply, body },
        pageWith(),
        async (call, form) => {
          await api.requestExport({ body: { current_password: form.current_password ?? '' } }, call);
          return `${path}?done=export-requested`;
        },
        ['current_password'],
      ),

    async downloadExportForm({ raw, reply, body, signal }) {
      let archive: Readable | undefined;
      await pages.submit({ raw, reply, body }, pageWith(), async (call, form) => {
        const response = await api.downloadExport({ params: { id: form.id ?? '' } }, { ...call, signal });
        for (const name of keptHeaders) reply.header(name, response.headers[name]);
        reply.header('x-content-type-options', 'nosniff');
        archive = response.body;
        return undefined;
      });
      return archive;
    },
  };
}
