import { atLeast, defineCheck, empty, equals } from '../../../harness/engine/index.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { summary } from '../../kit/response.ts';
import { prepare, sendAs } from '../../kit/send-as.ts';
import { textAt } from '../../kit/shape.ts';
import { furtherSecurity } from '../check-fields.ts';
import { assignedIn, privilegedFields } from './assigned-fields.ts';
import { assignmentBreaks } from './assignment-breaks.ts';

const steps = [{ type: 'log', config: { message: 'x' } }];
const text = (name: string) => ({ name, type: 'singleLineText' });

/** A valid request that creates or changes an object, and the path at which the object is read back. */
interface Writing {
  method: 'POST' | 'PUT' | 'PATCH';
  path: string;
  body: Record<string, unknown>;
  /** Path of the object; `:id` stands for the id in the response. */
  read: string;
}

export const fieldsNotAssigned = defineCheck({
  ...furtherSecurity,
  id: 'security.tenants.fields-of-the-platform-not-assigned',
  title: 'Clients cannot set tenant, owner, role or times',
  failureTitle: 'A client can set a field that only the platform may set',
  why: 'One object that is stored as it was sent lets its sender move it into another tenant or become its owner (API3, ASVS 15.3.3).',
  severity: 'blocker',
  standards: ['ASVS 15.3.3', 'ASVS 8.2.3', 'API3'],
  needs: [
    registrationWorks,
    'services.airtable-gateway.available',
    'services.automation-services.available',
    'services.user-service.available',
  ],
  services: ['gateway', 'platform-services', 'user-service', 'airtable-gateway', 'automation-services'],
  remediation: {
    text: 'Take the declared fields of a request only, and set tenant, owner, role and times from the token and the clock.',
    effort: 'hours',
  },
  expects: {
    assigned: empty(),
    serverErrors: empty(),
    notWritten: empty(),
    roleAfter: equals('user'),
    tenantAfter: equals('own'),
    foreignSees: empty(),
    routes: atLeast(10, 'routes'),
  },
  breaks: assignmentBreaks,
  run: async (context) => {
    const [own, other] = await Promise.all([context.account(), context.account()]);
    const send = sendAs(context, own);
    const base = await prepare(send, 'POST', '/api/airtable/v0/meta/bases', {
      name: 'Fields',
      workspaceId: 'default',
      tables: [{ name: 'Tasks', fields: [text('Name')] }],
    });
    const table = `/api/airtable/v0/${textAt(base, 'id')}/Tasks`;
    const record = await prepare(send, 'POST', table, { fields: { Name: 'One' } });
    const create = async (path: string, body: object) =>
      textAt(await prepare(send, 'POST', path, body), 'id');
    const workspace = await create('/api/workspaces', { name: 'Fields' });
    const flow = { name: 'Fields', steps, triggers: [{ type: 'manual' }] };
    const workflow = await create('/api/workflows', flow);
    const pattern = { name: context.unique('template'), category: 'readiness', steps };
    const template = await create('/api/templates', pattern);
    const writings: readonly Writing[] = [
      { method: 'PUT', path: '/api/users/me', body: { display_name: 'Fields' }, read: '/api/users/me' },
      { method: 'POST', path: '/api/workspaces', body: { name: 'New' }, read: '/api/workspaces/:id' },
      {
        method: 'PATCH',
        path: `/api/workspaces/${workspace}`,
        body: { description: 'x' },
        read: `/api/workspaces/${workspace}`,
      },
      { method: 'POST', path: '/api/workflows', body: flow, read: '/api/workflows/:id' },
      { method: 'PUT', path: `/api/workflows/${workflow}`, body: flow, read: `/api/workflows/${workflow}` },
      {
        method: 'POST',
        path: '/api/templates',
        body: { ...pattern, name: context.unique('other') },
        read: '/api/templates/:id',
      },
      {
        method: 'PUT',
        path: `/api/templates/${template}`,
        body: pattern,
        read: `/api/templates/${template}`,
      },
      { method: 'PATCH', path: '/api/tenant', body: { name: 'Fields' }, read: '/api/tenant' },
      {
        method: 'POST',
        path: '/api/auth/tokens',
        body: { name: 'Fields', scopes: ['files:read'] },
        read: '/api/auth/tokens',
      },
      {
        method: 'POST',
        path: '/api/airtable/v0/meta/bases',
        body: { name: 'Other', workspaceId: 'default', tables: [{ name: 'T', fields: [text('N')] }] },
        read: '/api/airtable/v0/meta/bases',
      },
      { method: 'POST', path: table, body: { fields: { Name: 'Two' } }, read: `${table}/:id` },
      {
        method: 'PATCH',
        path: `${table}/${textAt(record, 'id')}`,
        body: { fields: { Name: 'Three' } },
        read: `${table}/${textAt(record, 'id')}`,
      },
    ];
    const extra = privilegedFields(other);
    const assigned: string[] = [];
    const serverErrors: string[] = [];
    const notWritten: string[] = [];
    for (const { method, path, body, read } of writings) {
      const name = `${method} ${path.replaceAll(/[0-9a-f-]{36}|(?:app|rec)\w{14}/g, ':id')}`;
      // Without the further fields the request is valid; with them it may be rejected, or they must be without effect.
      const plain = await send(method, path, body);
      if (plain.status >= 300) notWritten.push(`${name}: ${summary(plain)}`);
      const response = await send(method, path, { ...body, ...extra, ...body });
      if (response.status >= 500) serverErrors.push(`${name}: ${summary(response)}`);
      if (response.status >= 300) continue;
      const after = await send('GET', read.replace(':id', textAt(response.json, 'id')));
      for (const [where, json] of [
        ['in the response', response.json],
        ['when read back', after.json],
      ] as const)
        for (const field of assignedIn(json, other)) assigned.push(`${name}: ${field} ${where}`);
    }
    const me = await send('GET', '/api/auth/me');
    const seen: string[] = [];
    for (const path of [
      '/api/workspaces',
      '/api/workflows',
      '/api/templates',
      '/api/airtable/v0/meta/bases',
    ]) {
      const { text: list } = await sendAs(context, other)('GET', path);
      for (const id of [workspace, workflow, template, textAt(base, 'id')])
        if (list.includes(id)) seen.push(`${path} of the other tenant contains ${id}`);
    }
    return {
      assigned,
      serverErrors,
      notWritten,
      roleAfter: textAt(me.json, 'role'),
      tenantAfter: textAt(me.json, 'tenant_id') === own.tenantId ? 'own' : 'another',
      foreignSees: seen,
      routes: writings.length,
    };
  },
});
