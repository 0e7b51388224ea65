import { atMost, type CheckContext, defineCheck, empty, equals } from '../../harness/engine/index.ts';
import { createPeople } from '../api/people-base.ts';
import { pollUntil } from '../kit/poll-until.ts';
import { prepare, sendAs } from '../kit/send-as.ts';
import { textAt, valueAt } from '../kit/shape.ts';
import { readyCheckId } from '../services/operational-routes.ts';
import { accountBreaks } from './account-breaks.ts';
import { authenticationCheck, registrationWorks } from './check-fields.ts';

/** Documented maximum time from a revocation until every service follows it, milliseconds. */
const revocationLagMs = 5_000;

const scopes = ['data.records:read', 'schema.bases:read'];

export const personalToken = defineCheck({
  ...authenticationCheck,
  id: 'authentication.personal-token.limited-and-revocable',
  users: 1,
  title: 'A personal access token is limited and revocable',
  failureTitle: 'A personal access token does too much or outlives its end',
  controls: ['reads'],
  standards: ['ASVS 8.2.1', 'ASVS 8.2.2', 'ASVS 10.4.9', 'API2', 'API5'],
  why: 'It lasts for months in the settings of other programs. It may do only what its owner allowed, and must stop when the owner says so.',
  severity: 'high',
  needs: [registrationWorks, readyCheckId('airtable-gateway'), readyCheckId('mcp-server')],
  services: ['gateway', 'platform-services', 'airtable-gateway', 'mcp-server'],
  remediation: {
    text: 'The gateway must exchange the token at /internal/tokens/exchange at least every 5 s. Compare the scope and resources claims of the result with the scope that the contract of the route declares.',
    effort: 'days',
  },
  expects: {
    reads: equals(200),
    basesListed: equals('own'),
    basesOfTool: equals('own'),
    rejected: empty(),
    scopesShown: equals(scopes),
    secretShown: empty(),
    afterRevocation: equals(401),
    revocationLag: atMost(revocationLagMs, 'ms'),
  },
  run: async (context: CheckContext) => {
    const { http } = context;
    const account = await context.account();
    const from = account.address;
    const send = sendAs(context, account);
    const [own, other] = [await createPeople(context, account), await createPeople(context, account)];
    const definition = { name: 'Readiness', scopes, resources: { bases: [own.id] } };
    const made = await prepare(send, 'POST', '/api/auth/tokens', definition);
    const [token, id] = [textAt(made, 'token'), textAt(made, 'id')];
    const secret = token.split('.')[1] ?? token;
    const use = (method: string, path: string, body?: unknown) =>
      http.request('gateway', path, { method, token, from, ...(body === undefined ? {} : { body }) });

    const records = `/api/airtable/v0/${own.id}/${own.tableId}`;
    const read = await use('GET', records);
    const listed = await use('GET', '/api/airtable/v0/meta/bases');
    const ofTool = await use('POST', '/api/mcp/tools/call', { name: 'list_bases', arguments: {} });
    const whoami = await use('GET', '/api/airtable/v0/meta/whoami');
    const onlyOwn = (text: string) => (text.includes(own.id) && !text.includes(other.id) ? 'own' : text);

    const write = {
      name: 'create_record',
      arguments: { base_id: own.id, table_id: own.tableId, fields: {} },
    };
    const forbidden = [
      ['write', 'POST', records, { fields: { Name: 'Ada' } }],
      ['write by a tool', 'POST', '/api/mcp', { jsonrpc: '2.0', id: 1, method: 'tools/call', params: write }],
      ['other base', 'GET', `/api/airtable/v0/${other.id}/${other.tableId}`],
      ['other service', 'GET', '/api/files'],
      ['new token', 'POST', '/api/auth/tokens', definition],
      ['more rights', 'PATCH', `/api/auth/tokens/${id}`, { scopes: ['files:read'] }],
      ['other sessions', 'GET', '/api/auth/sessions'],
    ] as const;
    const rejected: string[] = [];
    for (const [what, method, path, body] of forbidden) {
      const { status } = await use(method, path, body);
      if (status !== 403) rejected.push(`${what}: ${status} instead of 403`);
    }

    const shown = ['/api/auth/tokens', `/api/auth/tokens/${id}`, '/api/audit/events'];
    const secretShown: string[] = [];
    for (const path of shown) if ((await send('GET', path)).text.includes(secret)) secretShown.push(path);

    await prepare(send, 'DELETE', `/api/auth/tokens/${id}`);
    const revokedAt = performance.now();
    const isRejected = (status: number) => status === 401;
    const observe = async () => (await use('GET', '/api/airtable/v0/meta/whoami')).status;
    const afterRevocation = await pollUntil(observe, isRejected, context);
    return {
      reads: read.status,
      basesListed: onlyOwn(listed.text),
      basesOfTool: onlyOwn(ofTool.text),
      rejected,
      scopesShown: valueAt(whoami.json, 'scopes') as string[],
      secretShown,
      afterRevocation,
      revocationLag: Math.round(performance.now() - revokedAt),
    };
  },
  breaks: accountBreaks.personalToken,
});
