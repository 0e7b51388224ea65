import { type Account, type CheckContext, ProductFailure } from '../../../harness/engine/index.ts';
import { Erasure } from '../../../platform/contracts/platform-services/erasures.ts';
import { pollUntil } from '../../kit/poll-until.ts';
import { summary } from '../../kit/response.ts';
import { prepare, type Send } from '../../kit/send-as.ts';
import { textAt } from '../../kit/shape.ts';
import { createSampleTenant } from '../tenants/sample-tenant.ts';
import { createServiceObjects } from '../tenants/service-objects.ts';

/** An account with data in every service that stores any. */
export interface FullAccount {
  account: Account;
  send: Send;
  /** A personal access token of the account. */
  apiKey: string;
  /** Paths at the gateway that respond with 200 to the owner. */
  paths: readonly string[];
  /** Ids, addresses and texts that only this account's data has. */
  marks: readonly string[];
}

const ended: ReadonlySet<string> = new Set(['completed', 'failed', 'cancelled']);

/** Creates the account through the gateway and waits for what runs: its execution and the sagas of its registration. */
export async function createFullAccount(context: CheckContext): Promise<FullAccount> {
  const tenant = await createSampleTenant(context);
  const { account, send, baseId, peopleId, personIds, secret } = tenant;
  const objects = await createServiceObjects(context, { account, send });
  const key = await prepare(send, 'POST', '/api/auth/tokens', {
    name: context.unique('key'),
    scopes: ['data.records:read'],
  });
  await prepare(send, 'POST', `/api/budgets/user/${account.userId}`, { limit: 1 });
  await prepare(send, 'POST', '/api/analytics/events', {
    events: [{ event: 'readiness.probe', properties: { base_id: baseId } }],
  });
  const template = await prepare(send, 'POST', '/api/templates', {
    name: context.unique('template'),
    category: 'readiness',
    steps: [{ type: 'log', config: { message: secret } }],
  });
  // What runs writes rows, and an export or a search between them would find some.
  for (const { name, read } of objects)
    if (name === 'execution')
      await pollUntil(
        async () => (await send('GET', read)).json,
        (json) => ended.has(textAt(json, 'status')),
        context,
      );
  const sagas = await pollUntil(
    async () => (await send('GET', '/api/saga')).json,
    (json) => textAt(json, 'sagas', 0, 'status') === 'completed',
    context,
  );
  const sagaId = textAt(sagas, 'sagas', 0, 'saga_id');
  const paths = [
    ...objects.map(({ read }) => read),
    `/api/users/${account.userId}`,
    `/api/templates/${textAt(template, 'id')}`,
    `/api/airtable/v0/meta/bases/${baseId}/tables`,
    `/api/airtable/v0/${baseId}/${peopleId}/${personIds[0]}`,
    ...(sagaId === '' ? [] : [`/api/saga/${sagaId}`]),
  ];
  return {
    account,
    send,
    apiKey: textAt(key, 'token'),
    paths,
    marks: [
      account.userId,
      account.tenantId,
      account.email,
      secret,
      baseId,
      peopleId,
      ...personIds,
      textAt(key, 'id'),
      ...objects.map(({ id }) => id),
      ...(sagaId === '' ? [] : [sagaId]),
    ],
  };
}

/** Maximum time until every service has confirmed, milliseconds. */
const erasureLimitMs = 40_000;

/**
 * Deletes an account and waits until every service has erased it.
 * @returns `done`, or the services left
 * @throws ProductFailure when the deletion is not accepted
 */
export async function deleteAndWait(
  context: CheckContext,
  { account, send }: Pick<FullAccount, 'account' | 'send'>,
): Promise<string> {
  const response = await send('POST', '/api/auth/delete-account', { current_password: account.password });
  const accepted = Erasure.safeParse(response.json);
  if (response.status !== 202 || !accepted.success)
    throw new ProductFailure(`POST /api/auth/delete-account returned ${summary(response)}`);
  return waitForErasure(context, accepted.data.id);
}

/** Waits until every service has erased a deleted account. @returns `done`, or the last state */
export async function waitForErasure(context: CheckContext, id: string): Promise<string> {
  const last = await pollUntil(
    () => context.http.request('gateway', `/api/auth/erasures/${id}`),
    ({ json }) => textAt(json, 'status') === 'done',
    context,
    erasureLimitMs,
  );
  return textAt(last.json, 'status') === 'done' ? 'done' : summary(last);
}
