import { defineCheck, empty, equals } from '../../harness/engine/index.ts';
import { registrationWorks } from '../authentication/check-fields.ts';
import { tenantSetting } from '../kit/database-seats.ts';
import { checklistItem } from './check-fields.ts';

/** SQLSTATE of "insufficient privilege". */
const denied = '42501';

export const databaseSecurity = defineCheck({
  ...checklistItem,
  id: 'security.database-security',
  title: 'The database keeps tenants apart, remembers what happened, and cannot be made to forget',
  why: 'Row-level security without an audit trail leaves a breach undetected, and an audit trail that its writer can change proves nothing (ASVS 5.0 8.4.1, 16.2, 16.3).',
  needs: [
    'infrastructure.row-security.other-tenants-invisible',
    'infrastructure.roles.confined-to-own-schema',
    registrationWorks,
  ],
  requires: ['postgres-service-roles'],
  remediation: {
    text: 'Write an event with actor, address, time and request id for each sign-in, failed sign-in and password change; revoke UPDATE, DELETE and TRUNCATE on identity.audit_events from the service’s role.',
    effort: 'days',
  },
  expects: {
    eventsMissing: empty(),
    eventsIncomplete: empty(),
    secretsInEvents: equals(0),
    foreignEvents: equals(0),
    update: equals(denied),
    remove: equals(denied),
    truncate: equals(denied),
    disableRowSecurity: equals('0 rows or refused'),
  },
  run: async ({ account, databaseAs, http }) => {
    const [own, other] = await Promise.all([account(), account()]);
    const from = own.address;
    const post = (route: string, body: unknown, token?: string) =>
      http.request('gateway', `/api/auth/${route}`, {
        method: 'POST',
        body,
        from,
        ...(token ? { token } : {}),
      });
    const wrong = 'Wrong-Password-That-Must-Not-Be-Stored';
    await post('login', { email: own.email, password: wrong });
    await post('login', { email: own.email, password: own.password });
    const changed = `${own.password} changed`;
    await post('change-password', { current_password: own.password, new_password: changed }, own.accessToken);

    const client = await databaseAs('platform-services').connect();
    const stateOf = async (sql: string): Promise<string> => {
      await client.query('savepoint attempt');
      try {
        const { rowCount } = await client.query(sql);
        return `done (${rowCount} rows)`;
      } catch (error) {
        return error instanceof Error && 'code' in error ? String(error.code) : String(error);
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
      const wanted: readonly (readonly [RegExp, 'success' | 'failure'])[] = [
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
      // `row_security off` makes a query fail where policies would have filtered it; it never shows more.
      await client.query('savepoint attempt');
      const off = await client
        .query('set local row_security = off')
        .then(() => client.query('select 1 from identity.users where tenant_id = $1', [other.tenantId]))
        .then(({ rowCount }) => (rowCount === 0 ? '0 rows or refused' : `${rowCount} rows`))
        .catch(() => '0 rows or refused');
      await client.query('rollback to savepoint attempt');
      return {
        eventsMissing: wanted
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
