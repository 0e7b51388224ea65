import { defineCheck, empty, equals } from '../../../harness/engine/index.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { binaryForm } from '../../kit/binary-form.ts';
import { pollUntil } from '../../kit/poll-until.ts';
import { prepare, type Send, sendAs } from '../../kit/send-as.ts';
import { textAt, valueAt } from '../../kit/shape.ts';
import { addMember, defaultWorkspace } from '../administration/tenant-members.ts';
import { furtherSecurity } from '../check-fields.ts';
import { loweredBreaks, toolBreaks } from './followed-breaks.ts';

/** Documented maximum time until every service follows a change of rights, milliseconds. */
const lagMs = 5_000;

const base = {
  name: 'Rights',
  workspaceId: 'default',
  tables: [{ name: 'Tasks', fields: [{ name: 'Name', type: 'singleLineText' }] }],
};

/** Writes to each service that stores objects of a workspace, as one user. */
const writesOf = (send: Send, upload: () => ReturnType<Send>, table: string) => ({
  record: () => send('POST', table, { fields: { Name: 'By the member' } }),
  workflow: () =>
    send('POST', '/api/workflows', {
      name: 'By the member',
      steps: [{ type: 'log', config: { message: 'x' } }],
      triggers: [{ type: 'manual' }],
    }),
  file: upload,
});

export const loweredRolesApply = defineCheck({
  ...furtherSecurity,
  id: 'security.rights.lowered-roles-apply',
  title: 'A lowered role ends writing everywhere within 5 s',
  failureTitle: 'A member writes with a role that was taken away',
  why: 'Every service remembers rights to save time. One that remembers too long lets somebody write who must not any more (ASVS 8.3.2, 15.4.2).',
  severity: 'blocker',
  standards: ['ASVS 8.3.2', 'ASVS 15.4.2', 'ASVS 8.2.1', 'API5'],
  needs: [
    registrationWorks,
    ...['airtable-gateway', 'automation-services', 'file-service'].map(
      (name) => `services.${name}.available`,
    ),
  ],
  services: [
    'gateway',
    'platform-services',
    'user-service',
    'airtable-gateway',
    'automation-services',
    'file-service',
  ],
  timeoutMs: 60_000,
  remediation: {
    text: 'A service in the list does not follow `auth:authority` in Redis. PATCH of a member publishes it in the transaction of the change.',
    effort: 'days',
  },
  expects: {
    before: equals([200, 201, 201]),
    stillWriting: empty(),
    written: equals('nothing'),
    stillReading: equals(200),
    afterwards: equals([200, 201, 201]),
  },
  breaks: loweredBreaks,
  run: async (context) => {
    const send = sendAs(context, await context.account());
    const workspaceId = await defaultWorkspace(send);
    const member = await addMember(context, send, { workspaceId, role: 'editor' });
    const created = await prepare(send, 'POST', '/api/airtable/v0/meta/bases', base);
    const table = `/api/airtable/v0/${textAt(created, 'id')}/Tasks`;
    const upload = () =>
      context.http.request('gateway', '/api/files/upload', {
        method: 'POST',
        token: member.accessToken,
        from: member.address,
        ...binaryForm('member.txt', Buffer.from('by the member')),
      });
    const writes = writesOf(member.send, upload, table);
    const statuses = async () => [
      (await writes.record()).status,
      (await writes.workflow()).status,
      (await writes.file()).status,
    ];
    const role = (name: string) =>
      prepare(send, 'PATCH', `/api/workspaces/${workspaceId}/members/${member.userId}`, { role: name });
    const before = await statuses();
    await role('viewer');
    const stillWriting = async () =>
      (await statuses()).flatMap((status, index) =>
        status === 403 ? [] : [`${Object.keys(writes)[index]}: ${status}`],
      );
    const left = await pollUntil(stillWriting, (list) => list.length === 0, context, lagMs);
    const counts = async () => {
      const [records, flows, files] = await Promise.all(
        [table, '/api/workflows', '/api/files'].map(async (path) => (await send('GET', path)).json),
      );
      const list = valueAt(records, 'records');
      return [
        Array.isArray(list) ? list.length : -1,
        valueAt(flows, 'total'),
        valueAt(files, 'total'),
      ].join();
    };
    const stored = await counts();
    await stillWriting();
    const after = await counts();
    const reading = await member.send('GET', table);
    await role('editor');
    const afterwards = await pollUntil(statuses, (list) => !list.includes(403), context, lagMs);
    return {
      before,
      stillWriting: left,
      written: stored === after ? 'nothing' : `${stored} became ${after}`,
      stillReading: reading.status,
      afterwards,
    };
  },
});

export const toolsHaveNoMoreRights = defineCheck({
  ...furtherSecurity,
  id: 'security.rights.tools-and-keys-act-with-the-callers-rights',
  title: 'Tools and keys have no more rights than their caller',
  failureTitle: 'A tool or a key does what its caller may not do',
  why: 'A model calls tools with whatever it has read. A tool that acts with rights of its own turns a viewer into an editor (ASVS 8.3.3, API5).',
  severity: 'blocker',
  standards: ['ASVS 8.3.1', 'ASVS 8.3.3', 'API5', 'API1'],
  needs: [registrationWorks, 'services.airtable-gateway.available', 'services.mcp-server.available'],
  services: ['gateway', 'platform-services', 'user-service', 'airtable-gateway', 'mcp-server'],
  remediation: {
    text: 'Tools call the airtable-gateway with the token of the caller, and a personal access token has at most the rights of its user.',
    effort: 'days',
  },
  expects: {
    reads: equals(true),
    writes: empty(),
    keyWrites: empty(),
    records: equals(1),
    ownerWrites: equals(true),
  },
  breaks: toolBreaks,
  run: async (context) => {
    const send = sendAs(context, await context.account());
    const workspaceId = await defaultWorkspace(send);
    const viewer = await addMember(context, send, { workspaceId, role: 'viewer' });
    const created = await prepare(send, 'POST', '/api/airtable/v0/meta/bases', base);
    const [baseId, tableId] = [textAt(created, 'id'), textAt(created, 'tables', 0, 'id')];
    const table = `/api/airtable/v0/${baseId}/${tableId}`;
    const record = textAt(await prepare(send, 'POST', table, { fields: { Name: 'Of the owner' } }), 'id');
    const where = { base_id: baseId, table_id: tableId };
    const fields = { Name: 'By a tool' };
    const call = (act: Send, name: string, args: object) =>
      act('POST', '/api/mcp/tools/call', { name, arguments: { ...where, ...args } });
    const isDone = (json: unknown) => valueAt(json, 'success') === true;
    const reads = isDone((await call(viewer.send, 'get_records', {})).json);
    const writes: string[] = [];
    for (const [name, args] of [
      ['create_record', { fields }],
      ['update_record', { record_id: record, fields }],
      ['delete_record', { record_id: record }],
      ['batch_create_records', { records: [fields] }],
    ] as const) {
      const { json } = await call(viewer.send, name, args);
      if (isDone(json)) writes.push(name);
    }
    const key = textAt(
      await prepare(viewer.send, 'POST', '/api/auth/tokens', {
        name: 'Viewer',
        scopes: ['data.records:read', 'data.records:write'],
      }),
      'token',
    );
    const keyWrites: string[] = [];
    for (const [method, path, body] of [
      ['POST', table, { fields }],
      ['PATCH', `${table}/${record}`, { fields }],
      ['DELETE', `${table}/${record}`, undefined],
    ] as const) {
      const { status } = await context.http.request('gateway', path, {
        method,
        token: key,
        from: viewer.address,
        ...(body === undefined ? {} : { body }),
      });
      if (status !== 403) keyWrites.push(`${method}: ${status}`);
    }
    const list = valueAt((await send('GET', table)).json, 'records');
    const unchanged = Array.isArray(list) && textAt(list[0], 'fields', 'Name') === 'Of the owner';
    return {
      reads,
      writes,
      keyWrites,
      records: unchanged ? list.length : -1,
      ownerWrites: isDone((await call(send, 'create_record', { fields })).json),
    };
  },
});
