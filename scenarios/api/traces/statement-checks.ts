import {
  type Account,
  type CheckContext,
  defineCheck,
  empty,
  equals,
} from '../../../harness/engine/index.ts';
import type { ServiceName } from '../../../platform/contracts/service.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { fileForm } from '../../kit/file-form.ts';
import { prepare, type Send, sendAs } from '../../kit/send-as.ts';
import { textAt } from '../../kit/shape.ts';
import { statementBreaks } from './trace-breaks.ts';

/** Objects per list, at first and then. A statement per object shows in the difference. */
const few = 2;
const many = 12;

interface List {
  service: ServiceName;
  path: string;
  /** Creates one more object of the list. */
  create(number: number): Promise<unknown>;
}

export const listsNeedTheSameStatements = defineCheck({
  id: 'api.traces.lists-need-the-same-statements',
  title: 'A longer list needs no more statements',
  failureTitle: 'A list needs one more statement per object',
  why: 'A statement per object is not noticed with ten objects, and takes seconds with a thousand.',
  category: 'api',
  severity: 'high',
  needs: ['services.airtable-gateway.available', registrationWorks],
  services: ['gateway', 'platform-services', 'airtable-gateway', 'file-service', 'automation-services'],
  requires: ['traces', 'registration'],
  timeoutMs: 40_000,
  remediation: {
    text: 'Read all objects of the list in one statement (a join, or = any($1)). The evidence has the statements of each list.',
    effort: 'days',
  },
  expects: { lists: equals(7), failed: empty(), growing: empty(), unmeasured: empty() },
  breaks: statementBreaks,
  run: async (context) => {
    const account = await context.account();
    const send = sendAs(context, account);
    const lists = await openLists(context, account, send);
    const failed: string[] = [];
    const growing: string[] = [];
    const unmeasured: string[] = [];
    const counted: Record<string, Record<string, number>> = {};
    for (const [index, list] of lists.entries()) {
      for (let number = 0; number < few; number += 1) await list.create(number);
      // The first request fills caches of rights.
      await send('GET', list.path);
      const before = await countStatements(context, account, list, `few-${index + 1}`);
      for (let number = few; number < many; number += 1) await list.create(number);
      const after = await countStatements(context, account, list, `many-${index + 1}`);
      counted[list.path] = { [few]: before.statements, [many]: after.statements };
      for (const { status } of [before, after]) if (status !== 200) failed.push(`${list.path}: ${status}`);
      if (before.statements === 0 || after.statements === 0) unmeasured.push(list.path);
      if (after.statements > before.statements + tolerated)
        growing.push(
          `${list.path}: ${before.statements} statements for ${few}, ${after.statements} for ${many}`,
        );
    }
    await context.keep('statements.json', counted);
    return { lists: lists.length, failed, growing, unmeasured };
  },
});

/** A cache of rights may expire between the two requests. */
const tolerated = 2;

async function countStatements(
  { traces }: CheckContext,
  { accessToken, address }: Account,
  { service, path }: List,
  name: string,
): Promise<{ status: number; statements: number }> {
  const traced = await traces.request('gateway', path, {
    token: accessToken,
    from: address,
    stops: [{ service: 'gateway' }, { service }, { service, name: /^postgresql / }],
    name,
  });
  const statements = traced.spans.filter(
    (span) => span.service === service && span.name.startsWith('postgresql '),
  );
  return { status: traced.exchange.status, statements: statements.length };
}

async function openLists(context: CheckContext, account: Account, send: Send): Promise<List[]> {
  const base = await prepare(send, 'POST', '/api/airtable/v0/meta/bases', {
    name: context.unique('Statements'),
    workspaceId: 'default',
    tables: [{ name: 'Tasks', fields: [{ name: 'Name', type: 'singleLineText' }] }],
  });
  const [baseId, tableId] = [textAt(base, 'id'), textAt(base, 'tables', 0, 'id')];
  const steps = [{ type: 'log', config: { message: 'one' } }];
  const post =
    (path: string, body: (number: number) => unknown): List['create'] =>
    (number) =>
      prepare(send, 'POST', path, body(number));
  const upload = async (number: number): Promise<unknown> =>
    context.http.request('gateway', '/api/files/upload', {
      method: 'POST',
      token: account.accessToken,
      from: account.address,
      ...fileForm(`${number}.txt`, `file ${number}`),
    });
  const records = `/bases/${baseId}/tables/${tableId}/records`;
  return [
    {
      service: 'airtable-gateway',
      path: `/api/airtable${records}`,
      create: post(`/api/airtable${records}`, (number) => ({ Name: `Task ${number}` })),
    },
    {
      service: 'airtable-gateway',
      path: '/api/airtable/bases',
      create: post('/api/airtable/v0/meta/bases', (number) => ({
        name: `Base ${number}`,
        workspaceId: 'default',
        tables: [{ name: 'Tasks', fields: [{ name: 'Name', type: 'singleLineText' }] }],
      })),
    },
    { service: 'file-service', path: '/api/files?page_size=50', create: upload },
    {
      service: 'automation-services',
      path: '/api/workflows?page_size=50',
      create: post('/api/workflows', (number) => ({ name: `Workflow ${number}`, steps })),
    },
    {
      service: 'automation-services',
      path: '/api/templates?page_size=50',
      create: post('/api/templates', () => ({
        name: context.unique('template'),
        category: 'readiness',
        steps,
      })),
    },
    {
      service: 'platform-services',
      path: '/api/workspaces',
      create: post('/api/workspaces', (number) => ({ name: `Workspace ${number}` })),
    },
    {
      service: 'platform-services',
      path: '/api/auth/tokens',
      create: post('/api/auth/tokens', (number) => ({
        name: `Token ${number}`,
        scopes: ['data.records:read'],
      })),
    },
  ];
}
