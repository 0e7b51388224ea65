import {
  type CheckContext,
  defineCheck,
  empty,
  equals,
  ProductFailure,
} from '../../../harness/engine/index.ts';
import { exchangeTypes } from '../../../platform/contracts/platform-services/grants.ts';
import { readToken } from '../../authentication/forgeries.ts';
import { prepare, sendAs } from '../../kit/send-as.ts';
import { listAt, textAt, valueAt } from '../../kit/shape.ts';
import {
  changesIn,
  createRecord,
  endOf,
  eventType,
  startSaga,
  watchedBase,
} from '../../services/sagas/saga.ts';
import { createWorkflow, endedRuns, startRun } from '../../services/workflows/workflow-runs.ts';
import { delegatedTokenBreaks } from './delegation-breaks.ts';
import { openRunBase, runRightsCheck } from './run-base.ts';

/** Documented maximum lifetime of a token by which a service acts for a user, seconds. */
const maxDelegatedS = 300;
/** Lifetime of the key, seconds: less than that of a token without it. */
const keyLifetimeS = 60;

export const delegatedTokensAreShort = defineCheck({
  ...runRightsCheck,
  id: 'security.tokens.delegated-tokens-are-short',
  lasts: 10,
  waits: true,
  title: 'Tokens of runs live five minutes, not beyond their grant',
  failureTitle: 'A token of a run lives too long, or its grant never ends',
  controls: ['grants', 'works'],
  why: 'A service that acts for a user holds a token of that user. If it is stolen, or its grant should have ended, its expiry is the only bound (ASVS 5.0 9.2.1, RFC 8693).',
  requires: ['internal-key', 'postgres-admin'],
  timeoutMs: 60_000,
  remediation: {
    text: 'grants/mint-token.ts of platform-services: exp is at most grantLimits.tokenSeconds away, and never after expires_at of the grant and of the API key behind it. An expired grant gives no token.',
    effort: 'hours',
  },
  expects: {
    grants: equals(['run', 'saga', 'schedule', 'saga of a key']),
    works: empty(),
    tooLong: empty(),
    announcedOtherwise: empty(),
    outlivesKey: empty(),
    mintedAfterExpiry: empty(),
    ended: equals({ schedule: 'failed', saga: 'failed' }),
    writtenAfterwards: empty(),
  },
  breaks: delegatedTokenBreaks,
  async run(context) {
    const user = await context.account();
    const send = sendAs(context, user);
    const base = await openRunBase(context, send);
    const [sagas, ofKey] = [await watchedBase(send), await watchedBase(send)];
    const made = await prepare(send, 'POST', '/api/auth/tokens', {
      name: context.unique('delegated'),
      scopes: ['data.records:write', 'sagas:write'],
      expires_at: new Date(Date.now() + keyLifetimeS * 1000).toISOString(),
    });
    const keyEndsS = Date.parse(textAt(made, 'expires_at')) / 1000;
    const byKey = sendAs(context, { ...user, accessToken: textAt(made, 'token') });
    const event = eventType(context, 'go');
    const waiting = (where: typeof sagas) => ({
      pattern: 'choreography',
      steps: [{ ...createRecord('late', where), on: event, retry_attempts: 0 }],
    });
    const scheduled = await createWorkflow(send, {
      steps: [base.writes('scheduled')],
      triggers: [{ type: 'schedule', cron: '30 2 28 3 *', time_zone: 'UTC' }],
      max_retries: 0,
    });
    const long = await createWorkflow(send, {
      steps: [{ type: 'delay', config: { seconds: 45 } }, base.writes('run')],
      triggers: [{ type: 'manual' }],
    });
    const execution = await startRun(send, long);
    const saga = await startSaga(send, waiting(sagas));
    const runs = new Map([
      [execution, 'run'],
      [saga, 'saga'],
      [scheduled, 'schedule'],
      [await startSaga(byKey, waiting(ofKey)), 'saga of a key'],
    ]);
    const listed = listAt(await prepare(send, 'GET', '/api/auth/grants'), 'grants');
    const grants = [...runs].flatMap(([run, name]) =>
      listed
        .filter((grant) => textAt(grant, 'run_id') === run)
        .map((grant) => ({ name, id: textAt(grant, 'id'), service: textAt(grant, 'service') })),
    );

    const works: string[] = [];
    const tooLong: string[] = [];
    const announcedOtherwise: string[] = [];
    const outlivesKey: string[] = [];
    for (const grant of grants) {
      const response = await mint(context, user, grant);
      if (response.status !== 200) {
        works.push(`${grant.name}: ${response.status}`);
        continue;
      }
      const { exp, iat } = readToken(textAt(response.json, 'access_token')).claims;
      // Without one of them a token has no end.
      const lifetime =
        typeof exp === 'number' && typeof iat === 'number' ? exp - iat : Number.POSITIVE_INFINITY;
      if (!(lifetime <= maxDelegatedS)) tooLong.push(`${grant.name}: ${lifetime} s`);
      if (valueAt(response.json, 'expires_in') !== lifetime)
        announcedOtherwise.push(`${grant.name}: ${lifetime} s`);
      if (grant.name === 'saga of a key' && !(Number(exp) <= keyEndsS))
        outlivesKey.push(`by ${Number(exp) - keyEndsS} s`);
    }

    const pool = context.databaseAdmin();
    await pool.query('update identity.grants set expires_at = clock_timestamp() where id = any($1::uuid[])', [
      grants.map(({ id }) => id),
    ]);
    const mintedAfterExpiry: string[] = [];
    for (const grant of grants) {
      const { status } = await mint(context, user, grant);
      if (status !== 403) mintedAfterExpiry.push(`${grant.name}: ${status}`);
    }
    await prepare(send, 'POST', `/api/saga/events/${event}`, { data: {} });
    const { rowCount } = await pool.query(
      'update automation.schedules set next_run_at = $2 where workflow_id = $1',
      [scheduled, new Date(Math.floor(Date.now() / 60_000) * 60_000)],
    );
    if (rowCount !== 1) throw new ProductFailure('The schedule is not in automation.schedules.');
    const [ended, [due]] = await Promise.all([
      endOf(context, send, saga),
      endedRuns(context, send, { workflow: scheduled, number: 1, limitMs: 25_000 }),
    ]);
    await send('POST', `/api/executions/${execution}/cancel`);
    return {
      grants: grants.map(({ name }) => name),
      works,
      tooLong,
      announcedOtherwise,
      outlivesKey,
      mintedAfterExpiry,
      ended: { schedule: textAt(due, 'status'), saga: ended.status },
      writtenAfterwards: [
        ...(await base.names()),
        ...(await changesIn(send, sagas)),
        ...(await changesIn(send, ofKey)),
      ],
    };
  },
});

/** Asks for a token of a grant as the service that acts by it. */
function mint(
  { http, internalKey }: Pick<CheckContext, 'http' | 'internalKey'>,
  user: { accessToken: string },
  { id, service }: { id: string; service: string },
) {
  return http.request('platform-services', `/internal/grants/${id}/token`, {
    method: 'POST',
    headers: internalKey(),
    body: {
      grant_type: exchangeTypes.grant,
      tenant_id: String(readToken(user.accessToken).claims.tenant_id),
      actor: service,
    },
  });
}
