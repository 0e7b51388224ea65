import { atLeast, type CheckContext, defineCheck, empty, equals } from '../../../harness/engine/index.ts';
import type { ServiceName } from '../../../platform/contracts/service.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { binaryForm } from '../../kit/binary-form.ts';
import { prepare, sendAs } from '../../kit/send-as.ts';
import { serviceDatabases } from '../../kit/service-databases.ts';
import { textAt } from '../../kit/shape.ts';
import { furtherSecurity } from '../check-fields.ts';
import { statementBreaks } from './statement-breaks.ts';

/** Numbers that no statement of the platform has by itself. */
const [pageSize, page] = [73, 1_019] as const;

interface Traced {
  service: ServiceName;
  path: string;
  method?: string;
  body?: unknown;
  form?: ReturnType<typeof binaryForm>;
  anonymous?: true;
}

const storing = serviceDatabases.map(({ service }) => service);

export const valuesStayApart = defineCheck({
  ...furtherSecurity,
  id: 'security.data.statements-keep-values-apart',
  title: 'Statements have placeholders where requests have values',
  failureTitle: 'A statement contains a value of a request',
  controls: ['statements', 'servicesSeen'],
  why: 'A value that is joined into a statement is an injection that waits for its quotation mark. The text of the statement shows it even where this value was harmless (ASVS 1.2.4).',
  severity: 'blocker',
  standards: ['ASVS 1.2.4', 'API8'],
  needs: [registrationWorks, ...storing.map((service) => `services.${service}.available`)],
  requires: ['traces', 'registration'],
  services: ['gateway', ...storing],
  timeoutMs: 60_000,
  remediation: {
    text: 'A line names the service, the statement and the value. Pass values as $1, $2 …; choose names of columns from a fixed list.',
    effort: 'hours',
  },
  expects: {
    values: empty(),
    failed: empty(),
    servicesSeen: equals([...storing].sort()),
    statements: atLeast(30, 'statements'),
  },
  breaks: statementBreaks,
  run: async (context) => {
    const account = await context.account();
    const { accessToken: token, address: from, tenantId, userId, email } = account;
    const mark = context.unique('marked');
    const requests = await requestsWith(context, { mark, account });
    const values: readonly (readonly [what: string, value: RegExp])[] = [
      ['a text', new RegExp(mark)],
      ['the number of a page', new RegExp(`\\b(?:${pageSize}|${page}|${(page - 1) * pageSize})\\b`)],
      ['the id of the tenant', new RegExp(tenantId)],
      ['the id of the user', new RegExp(userId)],
      ['the address of the user', new RegExp(RegExp.escape(email), 'i')],
    ];
    const found = new Set<string>();
    const failed: string[] = [];
    const seen = new Set<string>();
    let statements = 0;
    const waiting = [...requests.entries()];
    const work = async (): Promise<void> => {
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        const [index, { service, path, method = 'GET', body, form, anonymous }] = next;
        const traced = await context.traces.request('gateway', path, {
          method,
          from,
          ...(anonymous ? {} : { token }),
          ...(body === undefined ? {} : { body }),
          ...form,
          stops: [{ service: 'gateway' }, { service }, { service, name: /^postgresql / }],
          name: `statements-${index + 1}`,
        });
        if (traced.exchange.status >= 500) failed.push(`${method} ${path}: ${traced.exchange.status}`);
        for (const { service: by, attributes } of traced.spans) {
          const text = attributes['db.query.text'];
          if (typeof text !== 'string') continue;
          statements += 1;
          seen.add(by);
          for (const [what, value] of values)
            if (value.test(text))
              found.add(`${by}: ${what} in ${text.replaceAll(/\s+/g, ' ').slice(0, 160)}`);
        }
      }
    };
    await Promise.all(Array.from({ length: 6 }, work));
    return { values: [...found].sort(), failed, servicesSeen: [...seen].sort(), statements };
  },
});

/** Reads and writes of every service that stores data, with marked values wherever a request can have one. */
async function requestsWith(
  context: CheckContext,
  { mark, account }: { mark: string; account: Awaited<ReturnType<CheckContext['account']>> },
): Promise<Traced[]> {
  const send = sendAs(context, account);
  const base = await prepare(send, 'POST', '/api/airtable/v0/meta/bases', {
    name: 'Statements',
    workspaceId: 'default',
    tables: [{ name: 'Tasks', fields: [{ name: 'Name', type: 'singleLineText' }] }],
  });
  const table = `/api/airtable/v0/${textAt(base, 'id')}/${textAt(base, 'tables', 0, 'id')}`;
  const text = `${mark}'; --`;
  const steps = [{ type: 'log', config: { message: text } }];
  const paged = `page=${page}&page_size=${pageSize}`;
  const query = (name: string) => `${name}=${encodeURIComponent(text)}`;
  const post = (service: ServiceName, path: string, body: unknown, method = 'POST'): Traced => ({
    service,
    path,
    method,
    body,
  });
  return [
    post('platform-services', '/api/workspaces', { name: text, description: text }),
    post('platform-services', '/api/tenant', { name: text }, 'PATCH'),
    post('platform-services', '/api/auth/tokens', { name: text, scopes: ['files:read'] }),
    { service: 'platform-services', path: `/api/audit/events?${paged}` },
    {
      service: 'platform-services',
      path: `/api/auth/login`,
      method: 'POST',
      body: { email: `${mark}@readiness.example`, password: 'not the password' },
      anonymous: true,
    },
    post('user-service', '/api/users/me', { display_name: text, bio: text }, 'PUT'),
    { service: 'user-service', path: `/api/users?${query('search')}&${paged}` },
    post('airtable-gateway', table, { fields: { Name: text } }),
    {
      service: 'airtable-gateway',
      path: `${table}?pageSize=${pageSize}&filterByFormula=${encodeURIComponent(`{Name} = "${mark}'; --"`)}`,
    },
    {
      service: 'airtable-gateway',
      path: `${table}?pageSize=${pageSize}&maxRecords=${page}&sort[0][field]=Name`,
    },
    { service: 'airtable-gateway', path: `/api/airtable/sync/logs?${paged}` },
    { service: 'llm-orchestrator', path: `/api/sessions?${paged}` },
    {
      service: 'file-service',
      path: '/api/files/upload',
      method: 'POST',
      form: binaryForm(`${mark}'.txt`, Buffer.from(text)),
    },
    { service: 'file-service', path: `/api/files?${query('search')}&${paged}` },
    post('automation-services', '/api/workflows', { name: text, steps, triggers: [{ type: 'manual' }] }),
    post('automation-services', '/api/templates', { name: text, category: mark, steps }),
    { service: 'automation-services', path: `/api/workflows?${paged}` },
    post('saga-service', '/api/saga/events/readiness.probe', { data: { text } }),
    { service: 'saga-service', path: `/api/saga?${paged}` },
  ];
}
