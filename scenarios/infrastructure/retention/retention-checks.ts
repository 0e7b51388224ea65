import { defineCheck, empty, equals } from '../../../harness/engine/index.ts';
import { serviceNames } from '../../../platform/contracts/service.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { readToken } from '../../authentication/forgeries.ts';
import { pollUntil } from '../../kit/poll-until.ts';
import { prepare, sendAs } from '../../kit/send-as.ts';
import { valueAt } from '../../kit/shape.ts';
import { defaultWorkspace } from '../../security/administration/tenant-members.ts';
import { readyCheckId } from '../../services/operational-routes.ts';
import { changesIn, createRecord, endOf, startSaga, watchedBase } from '../../services/sagas/saga.ts';
import { plantAgedRows, readAgedRows } from './aged-rows.ts';

/** Services that delete outdated rows when they start, and then at intervals. */
const deleting = ['platform-services', 'airtable-gateway', 'user-service'] as const;
/** Maximum time for it after their start, milliseconds. */
const limitMs = 10_000;

export const outdatedRowsAreDeleted = defineCheck({
  id: 'infrastructure.retention.outdated-rows-are-deleted',
  title: 'What is kept long enough is deleted, and nothing else',
  failureTitle: 'Outdated rows stay, or rows are deleted too early',
  why: 'Personal data must not be kept for longer than documented, and an audit log that is too short is missing when it is needed. Nobody notices either.',
  category: 'infrastructure',
  severity: 'high',
  needs: [registrationWorks, ...serviceNames.map(readyCheckId)],
  services: serviceNames,
  requires: ['node-restart', 'postgres-admin'],
  isolation: 'drill',
  timeoutMs: 90_000,
  standards: ['ASVS 14.2.7'],
  remediation: {
    text: 'A line names the kind of row. retention/retention.ts of platform-services has the times; each service sweeps its idempotency keys, and airtable-gateway the payloads of webhooks.',
    effort: 'days',
  },
  expects: { back: equals(deleting.length), kept: empty(), deletedTooEarly: empty(), payloads: equals(1) },
  breaks: [
    {
      defect: 'Nothing deletes outdated audit events.',
      changes: [{ kind: 'trigger', on: 'before delete on identity.audit_events', does: 'return null;' }],
      violates: ['kept'],
    },
    {
      defect: 'Audit events are kept for a month.',
      changes: [{ kind: 'environment', service: 'platform-services', set: { AUDIT_RETENTION_DAYS: '30' } }],
      violates: ['deletedTooEarly'],
    },
    {
      defect: 'Payloads of webhooks stay for ever.',
      changes: [{ kind: 'trigger', on: 'before delete on airtable.webhook_payloads', does: 'return null;' }],
      violates: ['payloads'],
    },
  ],
  async run(context) {
    const { signal } = context;
    const user = await context.account();
    const send = sendAs(context, user);
    const base = await watchedBase(send);
    await endOf(
      context,
      send,
      await startSaga(send, { steps: [createRecord('old', base), createRecord('young', base)] }),
    );
    const sessions = await prepare(send, 'GET', '/api/auth/sessions');
    const owner = {
      tenantId: user.tenantId,
      userId: user.userId,
      workspaceId: await defaultWorkspace(send),
      sessionId: String(
        valueAt(sessions, 'sessions', 0, 'id') ?? readToken(user.accessToken).claims.session_id,
      ),
    };
    const rows = await plantAgedRows(context, owner);
    const before = await changesIn(send, base);
    await context.databaseAdmin().query(
      `update airtable.webhook_payloads set created_at = now() - interval '8 days'
         where webhook_id = $1 and cursor = (select min(cursor) from airtable.webhook_payloads where webhook_id = $1)`,
      [base.webhook],
    );
    const drill = context.restarts();
    const restarts = await Promise.all(deleting.map((service) => drill.restart(service, signal)));
    const payloadsLeft = async () => {
      const { rows: counted } = await context
        .databaseAdmin()
        .query<{ count: number }>(
          'select count(*)::int as count from airtable.webhook_payloads where webhook_id = $1',
          [base.webhook],
        );
      return counted[0]?.count ?? -1;
    };
    const seen = await pollUntil(
      async () => ({ rows: await readAgedRows(context, owner, rows), payloads: await payloadsLeft() }),
      (now) =>
        now.payloads < before.length && now.rows.every(({ isOutdated, isThere }) => !isOutdated || !isThere),
      context,
      limitMs,
    );
    return {
      back: restarts.filter(({ readyAtMs }) => readyAtMs !== undefined).length,
      kept: seen.rows.filter((row) => row.isOutdated && row.isThere).map(({ kind }) => kind),
      deletedTooEarly: seen.rows.filter((row) => !row.isOutdated && !row.isThere).map(({ kind }) => kind),
      payloads: seen.payloads,
    };
  },
});
