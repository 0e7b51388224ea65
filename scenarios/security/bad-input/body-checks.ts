import {
  atLeast,
  type CheckContext,
  type CheckDefinition,
  defineCheck,
  type Exchange,
  empty,
  equals,
} from '../../../harness/engine/index.ts';
import type { ServiceName } from '../../../platform/contracts/service.ts';
import { createPeople } from '../../api/people-base.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { summary } from '../../kit/response.ts';
import { valueAt } from '../../kit/shape.ts';
import { furtherSecurity } from '../check-fields.ts';
import { fileForm } from '../tenants/service-objects.ts';
import { askAs } from '../tenants/tenant-world.ts';
import { badBodiesFor, formulaBombs, type JsonEntry, jsonEntries, listEntries } from './bad-bodies.ts';

const badInputCheck = (service: ServiceName) =>
  ({
    ...furtherSecurity,
    needs: [registrationWorks, `services.${service}.available`],
    services: ['gateway', ...new Set<ServiceName>(['platform-services', service])],
    timeoutMs: 90_000,
    remediation: {
      text: 'Validate against the contract before anything else, answer 4xx with the path of the field, bound what parsing and evaluating may cost, and turn what the database cannot hold into 422.',
      effort: 'days',
    },
  }) as const;

const why =
  'A request that breaks a service, or makes it answer 500, can be sent by anybody, again and again; a refusal without the field’s path costs every client hours.';

/** Where the answer says the fault is: the platform's own envelope, or a sentence in Airtable's. */
function faultAt(answer: Exchange): string {
  const loc = valueAt(answer.json, 'details', 0, 'loc');
  if (Array.isArray(loc)) return loc.join('.');
  return String(valueAt(answer.json, 'error', 'message') ?? '');
}

async function isStillReady({ http }: CheckContext, service: ServiceName): Promise<boolean> {
  const [answer, behindGateway] = await Promise.all([
    http.request(service, '/ready'),
    http.request('gateway', '/api/health'),
  ]);
  const seen = valueAt(behindGateway.json, 'services') as { name: string; status: string }[] | undefined;
  return answer.status === 200 && seen?.find(({ name }) => name === service)?.status === 'healthy';
}

const ended = ({ exited }: CheckContext, service: ServiceName): string[] =>
  exited()
    .filter(({ node }) => node === service || node === 'gateway')
    .map(({ node, reason }) => `${node}: ${reason}`);

export const badBodyChecks: readonly CheckDefinition[] = jsonEntries.map((entry: JsonEntry) => {
  const bodies = badBodiesFor(entry);
  return defineCheck({
    ...badInputCheck(entry.service),
    id: `security.bad-input.${entry.service}.bodies`,
    title: `${entry.service} refuses bad bodies of every kind with a 4xx that says where, and stays ready`,
    why,
    expects: {
      notRefused: empty(),
      withoutPath: empty(),
      unready: empty(),
      ended: empty(),
      requests: equals(bodies.length),
      goodBefore: equals(entry.success),
      goodAfter: equals(entry.success),
    },
    run: async (context) => {
      const account = await context.account();
      const send = (body: unknown) =>
        context.http.request('gateway', entry.path, {
          method: entry.method,
          token: account.accessToken,
          from: account.address,
          headers: { 'content-type': 'application/json' },
          body: typeof body === 'string' ? body : JSON.stringify(body),
          timeoutMs: 20_000,
        });
      const before = await send(entry.good);
      const notRefused: string[] = [];
      const withoutPath: string[] = [];
      const unready: string[] = [];
      for (const { what, text, statuses, at } of bodies) {
        const answer = await send(text);
        if (!statuses.includes(answer.status)) notRefused.push(`${what}: ${summary(answer)}`);
        else if (at && !faultAt(answer).includes(at.join('.')))
          withoutPath.push(`${what}: not at ${at.join('.')}: ${summary(answer)}`);
        if (!(await isStillReady(context, entry.service))) unready.push(`after ${what}`);
      }
      const after = await send(entry.good);
      return {
        notRefused,
        withoutPath,
        unready,
        ended: ended(context, entry.service),
        requests: bodies.length,
        goodBefore: before.status,
        goodAfter: after.status,
      };
    },
  });
});

export const badListChecks: readonly CheckDefinition[] = listEntries.map(({ service, path, query }) =>
  defineCheck({
    ...badInputCheck(service),
    id: `security.bad-input.${service}.lists`,
    title: `${service} refuses pages and filters that cannot be, and names the parameter`,
    why,
    expects: {
      notRefused: empty(),
      withoutPath: empty(),
      serverErrors: empty(),
      ready: equals(true),
      requests: equals(query.length),
      good: equals(200),
    },
    run: async (context) => {
      const ask = askAs(context, await context.account());
      const notRefused: string[] = [];
      const withoutPath: string[] = [];
      const serverErrors: string[] = [];
      for (const parameter of query) {
        const answer = await ask('GET', `${path}?${parameter}`);
        const [name = ''] = parameter.split('=');
        if (answer.status !== 422) notRefused.push(`${parameter}: ${summary(answer)}`);
        else if (faultAt(answer) !== `query.${name}`) withoutPath.push(`${parameter}: ${summary(answer)}`);
      }
      // Odd, and for some services harmless: only breaking is wrong.
      for (const odd of [
        'search=%00',
        'search=%FF%FE',
        'search=%ED%A0%80',
        'status=%00',
        '__proto__[x]=1',
        '%00=1',
        'page=1&page=2',
        `x=${'y'.repeat(8_000)}`,
      ]) {
        const answer = await ask('GET', `${path}?${odd}`);
        if (answer.status >= 500) serverErrors.push(`${odd.slice(0, 40)}: ${summary(answer)}`);
      }
      const good = await ask('GET', path);
      return {
        notRefused,
        withoutPath,
        serverErrors,
        ready: await isStillReady(context, service),
        requests: query.length,
        good: good.status,
      };
    },
  }),
);

/** Longest that a formula may keep its caller waiting, milliseconds; far more than a busy machine adds. */
const formulaLimitMs = 8_000;

export const formulaBombsRefused = defineCheck({
  ...badInputCheck('airtable-gateway'),
  id: 'security.bad-input.airtable-gateway.formulas',
  title: 'Formulas that would cost the service its time or memory are refused, or answered quickly',
  why: 'A formula is a program that strangers send: without bounds on length, depth, time and size one of them stops the service for everybody (API4).',
  severity: 'blocker',
  needs: [registrationWorks, 'services.airtable-gateway.available', 'services.mcp-server.available'],
  services: ['gateway', 'platform-services', 'airtable-gateway', 'mcp-server'],
  expects: {
    accepted: empty(),
    serverErrors: empty(),
    slow: empty(),
    takenByTool: empty(),
    badCursors: empty(),
    unready: empty(),
    ended: empty(),
    formulas: atLeast(formulaBombs.length, 'formulas'),
    goodAfter: equals(1),
  },
  run: async (context) => {
    const account = await context.account();
    const ask = askAs(context, account);
    const base = await createPeople(context, account);
    const path = `/api/airtable/v0/${base.id}/${base.tableId}`;
    await ask('POST', path, { fields: { Name: 'Ada', Age: 36 } });
    const accepted: string[] = [];
    const serverErrors: string[] = [];
    const slow: string[] = [];
    const takenByTool: string[] = [];
    const unready: string[] = [];
    for (const [what, formula, mayWork] of formulaBombs) {
      const answer = await ask('POST', `${path}/listRecords`, { filterByFormula: formula });
      if (answer.status >= 500) serverErrors.push(`${what}: ${summary(answer)}`);
      else if (answer.status !== 422 && !(mayWork && answer.status === 200))
        accepted.push(`${what}: ${summary(answer)}`);
      if (answer.durationMs > formulaLimitMs) slow.push(`${what}: ${Math.round(answer.durationMs)} ms`);
      const tool = await ask('POST', '/api/mcp/tools/call', {
        name: 'get_records',
        arguments: { base_id: base.id, table_id: base.tableId, filter_by_formula: formula },
      });
      if (tool.status >= 500) serverErrors.push(`${what} by tool: ${summary(tool)}`);
      else if (!mayWork && valueAt(tool.json, 'success') !== false && tool.status < 400)
        takenByTool.push(`${what}: ${summary(tool)}`);
      if (!(await isStillReady(context, 'airtable-gateway'))) unready.push(`after ${what}`);
    }
    const badCursors: string[] = [];
    for (const offset of [
      'x',
      'itrAAAAAAAAAAAAAA/recAAAAAAAAAAAAAA',
      '0',
      '\u0000',
      `${'9'.repeat(300)}`,
      '../..',
    ]) {
      const answer = await ask('GET', `${path}?offset=${encodeURIComponent(offset)}`);
      if (answer.status !== 422) badCursors.push(`${JSON.stringify(offset)}: ${summary(answer)}`);
    }
    const good = await ask('POST', `${path}/listRecords`, { filterByFormula: '{Age} = 36' });
    const found = valueAt(good.json, 'records');
    return {
      accepted,
      serverErrors,
      slow,
      takenByTool,
      badCursors,
      unready,
      ended: ended(context, 'airtable-gateway'),
      formulas: formulaBombs.length,
      goodAfter: Array.isArray(found) ? found.length : -1,
    };
  },
});

export const badUploads = defineCheck({
  ...badInputCheck('file-service'),
  id: 'security.bad-input.file-service.uploads',
  title: 'Uploads that are no uploads are refused with a 4xx, and leave nothing behind',
  why,
  expects: {
    notRefused: empty(),
    kept: equals(0),
    ready: equals(true),
    ended: empty(),
    goodAfter: equals(201),
  },
  run: async (context) => {
    const account = await context.account();
    const upload = (body: string, headers: Record<string, string>) =>
      context.http.request('gateway', '/api/files/upload', {
        method: 'POST',
        token: account.accessToken,
        from: account.address,
        body,
        headers,
        timeoutMs: 20_000,
      });
    const good = fileForm('good.txt', 'good');
    const part = (head: string, content = 'x') => `--b\r\n${head}\r\n\r\n${content}\r\n--b--\r\n`;
    const form = { 'content-type': 'multipart/form-data; boundary=b' };
    const cases: readonly (readonly [string, string, Record<string, string>])[] = [
      ['JSON', '{"file": "x"}', { 'content-type': 'application/json' }],
      ['malformed JSON', '{"file": ', { 'content-type': 'application/json' }],
      ['a form without boundary', good.body, { 'content-type': 'multipart/form-data' }],
      ['a form with another boundary', good.body, form],
      ['a form that ends in the middle', good.body.slice(0, 80), good.headers],
      ['a form without file', part('content-disposition: form-data; name="other"'), form],
      ['an empty form', '--b--\r\n', form],
      ['no body', '', form],
      ['a name with NUL', part('content-disposition: form-data; name="file"; filename="a\u0000.exe"'), form],
      [
        'a kind of file that is not taken',
        part('content-disposition: form-data; name="file"; filename="a.exe"', 'MZ'),
        form,
      ],
      [
        'a name that lies about its content',
        part('content-disposition: form-data; name="file"; filename="a.pdf"', 'no pdf at all'),
        form,
      ],
      ['10 MB of a part’s head', part(`x: ${'y'.repeat(10_000_000)}`), form],
    ];
    const notRefused: string[] = [];
    for (const [what, body, headers] of cases) {
      const answer = await upload(body, headers);
      if (answer.status < 400 || answer.status >= 500) notRefused.push(`${what}: ${summary(answer)}`);
    }
    const list = await askAs(context, account)('GET', '/api/files');
    const ready = await isStillReady(context, 'file-service');
    const after = await upload(good.body, good.headers);
    return {
      notRefused,
      kept: Number(valueAt(list.json, 'total') ?? -1),
      ready,
      ended: ended(context, 'file-service'),
      goodAfter: after.status,
    };
  },
});
