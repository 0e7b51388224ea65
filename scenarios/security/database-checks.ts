import { defineCheck, empty, equals } from '../../harness/engine/index.ts';
import { registrationWorks } from '../authentication/check-fields.ts';
import { login, postAuth } from '../authentication/requests.ts';
import { tenantSetting } from '../kit/service-databases.ts';
import { insufficientPrivilege, sqlStateOf } from '../kit/sql-state.ts';
import { checklistItem } from './check-fields.ts';
import { databaseBreaks } from './hardening-breaks.ts';

export const databaseSecurity = defineCheck({
  ...checklistItem,
  id: 'security.database-security',
  title: 'Tenants are isolated and the audit log is append-only',
  why: 'Without an audit log a breach stays undetected. A log that its writer can change proves nothing (ASVS 5.0 8.4.1, 16.2, 16.3).',
  needs: [
    'infrastructure.row-security.other-tenants-invisible',
    'infrastructure.roles.confined-to-own-schema',
    registrationWorks,
  ],
  requires: ['postgres-service-roles'],
  destructive: { kind: 'database', effect: 'tries to empty the audit log and rolls back' },
  remediation: {
    text: 'Write an event with actor, address, time and request id for each sign-in, failed sign-in and password change; revoke UPDATE, DELETE and TRUNCATE on identity.audit_events from the service’s role.',
    effort: 'days',
  },
  expects: {
    eventsMissing: empty(),
    eventsIncomplete: empty(),
    secretsInEvents: equals(0),
    foreignEvents: equals(0),
    update: equals(insufficientPrivilege),
    remove: equals(insufficientPrivilege),
    truncate: equals(insufficientPrivilege),
    disableRowSecurity: equals('0 rows or rejected'),
  },
  breaks: databaseBreaks,
  run: async (context) => {
    const [own, other] = await Promise.all([context.account(), context.account()]);
    const wrong = 'Wrong-Password-That-Must-Not-Be-Stored';
    await login(context, { ...own, password: wrong });
    await login(context, own);
    const changed = `${own.password} changed`;
    await postAuth(
      context,
      'change-password',
      { current_password: own.password, new_password: changed },
      { from: own.address, token: own.accessToken },
    );

    const client = await context.databaseAs('platform-services').connect();
    const stateOf = async (sql: string): Promise<string> => {
      await client.query('savepoint attempt');
      try {
        return await sqlStateOf(client.query(sql));
      } finally {
        await client.query('rollback to savepoint attempt');
      }
    };
    try {
      await client.query('begin');
      await client.query('select set_config($1, $2, true)', [tenantSetting, own.tenantId]);
      const { rows: events } = await client.query<{
        event: string;
        outcome: string;
        complete: boolean;
        text: string;
      }>(
        `select event, outcome, actor_id is not null and request_id is not null and created_at is not null
                and address is not null as complete, row_to_json(e)::text as text
         from identity.audit_events e`,
      );
      const has = (pattern: RegExp, outcome: string): boolean =>
        events.some((event) => pattern.test(event.event) && event.outcome === outcome);
      const expected: readonly (readonly [RegExp, 'success' | 'failure'])[] = [
        [/regist/, 'success'],
        [/login|sign.?in/, 'failure'],
        [/login|sign.?in/, 'success'],
        [/password/, 'success'],
      ];
      const foreign = await client.query(
        'select 1 from identity.audit_events where tenant_id = $1 or actor_id = $2',
        [other.tenantId, other.userId],
      );
      const update = await stateOf("update identity.audit_events set outcome = 'success'");
      const remove = await stateOf('delete from identity.audit_events');
      const truncate = await stateOf('truncate identity.audit_events');
      // With `row_security = off`, a query fails instead of being filtered. It must never show more rows.
      await client.query('savepoint attempt');
      const off = await client
        .query('set local row_security = off')
        .then(() => client.query('select 1 from identity.users where tenant_id = $1', [other.tenantId]))
        .then(({ rowCount }) => (rowCount === 0 ? '0 rows or rejected' : `${rowCount} rows`))
        .catch(() => '0 rows or rejected');
      await client.query('rollback to savepoint attempt');
      return {
        eventsMissing: expected
          .filter(([pattern, outcome]) => !has(pattern, outcome))
          .map(([pattern, outcome]) => `${pattern.source}: ${outcome}`),
        eventsIncomplete: events
          .filter(({ complete }) => !complete)
          .map(({ event, outcome }) => `${event}: ${outcome}`),
        secretsInEvents: events.filter(({ text }) =>
          [wrong, own.password, changed, own.accessToken, own.refreshToken].some((secret) =>
            text.includes(secret),
          ),
        ).length,
        foreignEvents: foreign.rowCount ?? -1,
        update,
        remove,
        truncate,
        disableRowSecurity: off,
      };
    } finally {
      await client.query('rollback').catch(() => undefined);
      client.release();
    }
  },
});
