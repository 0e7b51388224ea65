import { type CheckContext, defineCheck, empty, equals } from '../../../harness/engine/index.ts';
import { Session } from '../../../platform/contracts/platform-services/authentication.ts';
import { Erasure } from '../../../platform/contracts/platform-services/erasures.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { pollUntil, type Waiting } from '../../kit/poll-until.ts';
import { summary } from '../../kit/response.ts';
import { sendAs } from '../../kit/send-as.ts';
import { runSchemas, serviceDatabases } from '../../kit/service-databases.ts';
import { textAt } from '../../kit/shape.ts';
import { furtherSecurity } from '../check-fields.ts';
import { erasureBreaks, exportBreaks, goneBreaks } from './deletion-breaks.ts';
import { createFullAccount, deleteAndWait, type FullAccount, waitForErasure } from './full-account.ts';
import { readExport, rowCounts } from './read-export.ts';
import { storedRows } from './stored-rows.ts';
import { tablesWith } from './tables-with.ts';
import { unexportedTables } from './unexported-tables.ts';

const storing = serviceDatabases.map(({ service }) => service);

/** Fields of both checks: they create data in every service and wait until all have erased it. */
const deletionCheck = {
  ...furtherSecurity,
  services: ['gateway', ...storing],
  needs: [registrationWorks, ...storing.map((service) => `services.${service}.available`)],
  timeoutMs: 120_000,
  lasts: 25,
  waits: true,
} as const;

export const deletedAccountIsGone = defineCheck({
  ...deletionCheck,
  id: 'security.account.deletion-ends-access',
  title: 'A deleted account and its objects are gone',
  failureTitle: 'A deleted account still has access or objects',
  controls: ['missingBefore'],
  standards: ['ASVS 7.4.2', 'ASVS 14.2.7', 'API2'],
  why: 'Users may leave and take their data along (GDPR, article 17). A session or key that outlives its account is an open door.',
  remediation: {
    text: 'GET /api/auth/erasures/{id} names the services that have not confirmed; their logs have the reason. A path in `reached` belongs to a service that keeps the object.',
    effort: 'days',
  },
  expects: {
    wrongPassword: equals('invalid_credentials'),
    byApiKey: equals(403),
    missingBefore: empty(),
    deletion: equals(202),
    session: equals(401),
    apiKey: equals(401),
    refresh: equals(401),
    signIn: equals(401),
    erasure: equals('done'),
    addressIsFree: equals(201),
    reached: empty(),
  },
  breaks: goneBreaks,
  run: async (context) => {
    const { http } = context;
    const full = await createFullAccount(context);
    const { account, send, apiKey, paths } = full;
    const { email, password, refreshToken, address: from } = account;
    const post = (path: string, body: unknown) =>
      http.request('gateway', path, { method: 'POST', from, body });
    const missingBefore: string[] = [];
    for (const path of paths) {
      const response = await send('GET', path);
      if (response.status !== 200) missingBefore.push(`${path}: ${summary(response)}`);
    }
    const rejected = await send('POST', '/api/auth/delete-account', {
      current_password: `not ${password}`,
    });
    const byKey = await http.request('gateway', '/api/auth/delete-account', {
      method: 'POST',
      token: apiKey,
      from,
      body: { current_password: password },
    });
    const deleted = await send('POST', '/api/auth/delete-account', { current_password: password });
    const accepted = Erasure.safeParse(deleted.json);
    const [session, key, refresh, signIn] = await Promise.all([
      send('GET', '/api/users/me'),
      http.request('gateway', '/api/airtable/v0/meta/bases', { token: apiKey, from }),
      post('/api/auth/refresh', { refresh_token: refreshToken }),
      post('/api/auth/login', { email, password }),
    ]);
    const erasure = accepted.success ? await waitForErasure(context, accepted.data.id) : summary(deleted);
    const again = await post('/api/auth/register', { email, password });
    const successor = Session.safeParse(again.json);
    const reached: string[] = [];
    if (successor.success) {
      const next = { ...account, accessToken: successor.data.access_token };
      const sendNext = sendAs(context, next);
      for (const path of paths) {
        const response = await sendNext('GET', path);
        if (response.status !== 404) reached.push(`${path}: ${summary(response)}`);
      }
      await deleteAndWait(context, { account: next, send: sendNext });
    }
    return {
      wrongPassword: textAt(rejected.json, 'error'),
      byApiKey: byKey.status,
      missingBefore,
      deletion: deleted.status,
      session: session.status,
      apiKey: key.status,
      refresh: refresh.status,
      signIn: signIn.status,
      erasure,
      addressIsFree: again.status,
      reached,
    };
  },
});

export const erasureLeavesNoRow = defineCheck({
  ...deletionCheck,
  id: 'security.account.erasure-leaves-no-row',
  title: 'A deleted account leaves no row in any table',
  failureTitle: 'A deleted account leaves rows in a table',
  controls: ['schemasBefore'],
  standards: ['ASVS 14.2.7'],
  why: 'A service can hide an account and keep its rows. Only the tables show that names, addresses and content are erased.',
  requires: ['postgres-admin'],
  remediation: {
    text: 'Add each table in `left` to the erased tables of its service (erased-tables.ts), and erase what is written after the deletion.',
    effort: 'days',
  },
  expects: {
    schemasBefore: equals([...serviceDatabases.map(({ schema }) => schema), ...runSchemas].sort()),
    erasure: equals('done'),
    left: empty(),
  },
  breaks: erasureBreaks,
  run: async (context) => {
    const full = await createFullAccount(context);
    const before = await tablesWith(context.databaseAdmin(), full.marks);
    await context.keep('tables-before.json', before);
    const erasure = await deleteAndWait(context, full);
    const left = await tablesWith(context.databaseAdmin(), full.marks);
    return {
      schemasBefore: [...new Set(before.map((line) => line.split('.')[0] as string))].sort(),
      erasure,
      left,
    };
  },
});

/** Tables that change while the export is made, and those that are in no export. */
const uncompared = ['identity.audit_events', 'identity.mails', 'identity.exports', ...unexportedTables];

function differences(stored: ReadonlyMap<string, number>, exported: ReadonlyMap<string, number>): string[] {
  return [...new Set([...stored.keys(), ...exported.keys()])]
    .filter((table) => !uncompared.includes(table) && exported.get(table) !== stored.get(table))
    .map((table) => `${table}: ${exported.get(table) ?? 0} of ${stored.get(table) ?? 0}`)
    .sort();
}

/** Ends the time in which an export can be downloaded, as the clock would. The platform may delete it from then on. */
async function expireExport(
  { databaseAdmin }: Pick<CheckContext, 'databaseAdmin'>,
  { tenantId, id }: { tenantId: string; id: string },
): Promise<void> {
  const client = await databaseAdmin().connect();
  try {
    await client.query('begin');
    await client.query("select set_config('app.tenant_id', $1, true)", [tenantId]);
    await client.query("update identity.exports set expires_at = now() - interval '1 second' where id = $1", [
      id,
    ]);
    await client.query('commit');
  } finally {
    client.release();
  }
}

/** Orders an export and waits until it is ready, or has failed for too long. */
async function orderExport(
  context: Waiting,
  { account, send }: Pick<FullAccount, 'account' | 'send'>,
): Promise<{ id: string; state: string }> {
  const asked = await send('POST', '/api/auth/export', { current_password: account.password });
  const id = textAt(asked.json, 'id');
  const { json } = await pollUntil(
    () => send('GET', `/api/auth/exports/${id}`),
    ({ json }) => textAt(json, 'status') === 'ready',
    context,
    30_000,
  );
  return { id, state: textAt(json, 'status') };
}

export const exportHasEveryRow = defineCheck({
  ...deletionCheck,
  id: 'security.account.export-has-every-row',
  title: 'An export has all data of an account, once',
  failureTitle: 'An export misses data, outlives its expiry, or leaves rows',
  why: 'Users may take their data along (GDPR, article 20). Only the tables show that no service keeps something back.',
  requires: ['postgres-admin'],
  remediation: {
    text: 'Add each table in `differing` to the exported tables of its service (exported-tables.ts).',
    effort: 'days',
  },
  expects: {
    wrongPassword: equals('invalid_credentials'),
    /** Of the downloaded export, and of the one that expires. */
    states: equals(['ready', 'ready']),
    download: equals(200),
    missing: empty(),
    differing: empty(),
    again: equals(404),
    afterExpiry: equals(404),
    erasure: equals('done'),
    left: empty(),
  },
  breaks: exportBreaks,
  run: async (context) => {
    const full = await createFullAccount(context);
    const { account, send, marks } = full;
    const wrong = await send('POST', '/api/auth/export', { current_password: `not ${account.password}` });
    const { id, state } = await orderExport(context, full);
    const download = await fetch(`${context.stack.services.gateway}/api/auth/exports/${id}/download`, {
      headers: { authorization: `Bearer ${account.accessToken}` },
      signal: context.signal,
    });
    const bytes = Buffer.from(await download.arrayBuffer());
    const entries = download.ok ? await readExport(bytes) : new Map<string, string>();
    const everything = [...entries].flat().join('\n');
    const differing = differences(
      await storedRows(context.databaseAdmin(), account.tenantId),
      rowCounts(entries),
    );
    await context.keep('exported-rows.json', Object.fromEntries(rowCounts(entries)));
    const again = await pollUntil(
      () => send('GET', `/api/auth/exports/${id}/download`),
      ({ status }) => status === 404,
      context,
      5_000,
    );
    const second = await orderExport(context, full);
    await expireExport(context, { tenantId: account.tenantId, id: second.id });
    const late = await send('GET', `/api/auth/exports/${second.id}/download`);
    const erasure = await deleteAndWait(context, full);
    return {
      wrongPassword: textAt(wrong.json, 'error'),
      states: [state, second.state],
      download: download.status,
      missing: marks.filter((mark) => !everything.includes(mark)),
      differing,
      again: again.status,
      afterExpiry: late.status,
      erasure,
      left: await tablesWith(context.databaseAdmin(), marks),
    };
  },
});
