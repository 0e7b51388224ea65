import { defineCheck, equals } from '../../harness/engine/index.ts';
import { registrationWorks } from '../authentication/check-fields.ts';
import { prepare, sendAs } from '../kit/send-as.ts';
import { textAt, valueAt } from '../kit/shape.ts';
import { workspaceDeletionBreaks } from './event-breaks.ts';

export const fullWorkspacesStay = defineCheck({
  id: 'services.platform-services.full-workspaces-stay',
  title: 'A workspace is deleted only when it is empty',
  why: 'What a deleted workspace holds cannot be reached any more, by anybody. And one that cannot be emptied stays for ever.',
  category: 'services',
  severity: 'high',
  needs: [registrationWorks, 'services.platform-services.available', 'services.airtable-gateway.available'],
  services: ['gateway', 'platform-services', 'airtable-gateway'],
  timeoutMs: 60_000,
  remediation: {
    text: 'DELETE /workspaces/{id} asks every service of `holdingServices` for POST /internal/workspaces/{id}/contents. A wrong `fullIs` means that airtable-gateway does not count the base; a wrong `emptyIs`, that DELETE /v0/meta/bases/{id} leaves something of it.',
    effort: 'hours',
  },
  expects: {
    fullIs: equals('409 conflict: 1 base'),
    kept: equals([200, 200]),
    baseDeletion: equals(200),
    baseAfter: equals(404),
    emptyIs: equals('204 '),
    workspaceAfter: equals(404),
  },
  breaks: workspaceDeletionBreaks,
  run: async (context) => {
    const send = sendAs(context, await context.account());
    const made = await prepare(send, 'POST', '/api/workspaces', { name: context.unique('full') });
    const workspace = `/api/workspaces/${textAt(made, 'id')}`;
    const base = await prepare(send, 'POST', '/api/airtable/v0/meta/bases', {
      name: context.unique('base'),
      workspaceId: textAt(made, 'id'),
      tables: [{ name: 'Tasks', fields: [{ name: 'Name', type: 'singleLineText' }] }],
    });
    const basePath = `/api/airtable/v0/meta/bases/${textAt(base, 'id')}`;
    const statusOf = async (path: string) => (await send('GET', path)).status;
    const deletion = async () => {
      const { status, json } = await send('DELETE', workspace);
      const held = (valueAt(json, 'details') as { msg?: unknown }[] | undefined)?.map(({ msg }) => msg);
      return `${status} ${textAt(json, 'error')}${held ? `: ${held.join(', ')}` : ''}`;
    };
    const fullIs = await deletion();
    const kept = [await statusOf(workspace), await statusOf(basePath)];
    const baseDeletion = (await send('DELETE', basePath)).status;
    const baseAfter = await statusOf(basePath);
    const emptyIs = await deletion();
    return { fullIs, kept, baseDeletion, baseAfter, emptyIs, workspaceAfter: await statusOf(workspace) };
  },
});
