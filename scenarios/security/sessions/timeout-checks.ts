import { defineCheck, empty, equals } from '../../../harness/engine/index.ts';
import { loginWorks } from '../../authentication/check-fields.ts';
import { readToken } from '../../authentication/forgeries.ts';
import { login, postAuth, refresh } from '../../authentication/requests.ts';
import { sendAs } from '../../kit/send-as.ts';
import { textAt, valueAt } from '../../kit/shape.ts';
import { furtherSecurity } from '../check-fields.ts';

/** Documented maximum time without a refresh, days. */
const maxIdleDays = 7;

export const timeoutsApply = defineCheck({
  ...furtherSecurity,
  id: 'security.sessions.timeouts-apply',
  title: 'Sessions end when idle, and at their maximum age',
  failureTitle: 'A session continues after its time is over',
  why: 'A forgotten session on a shared computer must not stay open for ever (ASVS 5.0 7.3.1, 7.3.2).',
  needs: [loginWorks],
  requires: ['postgres-admin'],
  standards: ['ASVS 7.3.1', 'ASVS 7.3.2', 'API2'],
  remediation: {
    text: 'The statement that rotates a refresh token compares expires_at of the token (idle) and of its session (age); a new token never outlives its session.',
    effort: 'hours',
  },
  expects: {
    idle: equals(401),
    old: equals(401),
    oldIsValid: equals(401),
    oldIsListed: equals(false),
    control: equals(200),
    outlivesSession: empty(),
    idleTooLong: empty(),
  },
  run: async (context) => {
    const user = await context.account();
    const { address: from, tenantId } = user;
    const open = async () => {
      const { json } = await login(context, user);
      const accessToken = textAt(json, 'access_token');
      return {
        accessToken,
        refreshToken: textAt(json, 'refresh_token'),
        id: String(readToken(accessToken).claims.session_id),
      };
    };
    const [idle, old, control] = [await open(), await open(), await open()];
    const client = await context.databaseAdmin().connect();
    const inTenant = async <T>(sql: string, values: readonly unknown[]): Promise<T[]> => {
      await client.query('begin');
      await client.query("select set_config('app.tenant_id', $1, true)", [tenantId]);
      const { rows } = await client.query(sql, [...values]);
      await client.query('commit');
      return rows as T[];
    };
    try {
      const spans = await inTenant<{ days: number }>(
        `select extract(epoch from expires_at - created_at)::float8 / 86400 as days
         from identity.refresh_tokens where tenant_id = $1`,
        [tenantId],
      );
      await inTenant(
        `update identity.refresh_tokens set expires_at = now() - interval '1 second'
         where session_id = $1 and tenant_id = $2`,
        [idle.id, tenantId],
      );
      const ends =
        'update identity.sessions set expires_at = now() + $3::interval where id = $1 and tenant_id = $2';
      await inTenant(ends, [old.id, tenantId, '-1 seconds']);
      await inTenant(ends, [control.id, tenantId, '1 hour']);
      const ofIdle = await refresh(context, idle.refreshToken, from);
      const ofOld = await refresh(context, old.refreshToken, from);
      const validated = await postAuth(context, 'validate', { token: old.accessToken }, { from });
      const list = await sendAs(context, user)('GET', '/api/auth/sessions');
      const listed = (valueAt(list.json, 'sessions') ?? []) as { id: string }[];
      const ofControl = await refresh(context, control.refreshToken, from);
      const later = await inTenant<{ minutes: number }>(
        `select extract(epoch from t.expires_at - s.expires_at)::float8 / 60 as minutes
         from identity.refresh_tokens t join identity.sessions s on s.id = t.session_id
         where t.session_id = $1 and t.used_at is null and t.expires_at > s.expires_at`,
        [control.id],
      );
      return {
        idle: ofIdle.status,
        old: ofOld.status,
        oldIsValid: validated.status,
        oldIsListed: listed.some(({ id }) => id === old.id),
        control: ofControl.status,
        outlivesSession: later.map(({ minutes }) => `${Math.round(minutes)} min`),
        idleTooLong: spans
          .filter(({ days }) => !(days <= maxIdleDays + 0.01))
          .map(({ days }) => `${days} days`),
      };
    } finally {
      client.release();
    }
  },
  breaks: [
    {
      defect: 'The age of a session is not compared when it is refreshed.',
      changes: [
        {
          kind: 'trigger',
          on: 'before update of expires_at on identity.sessions',
          does: 'return old;',
        },
      ],
      violates: ['old', 'oldIsValid', 'oldIsListed'],
    },
    {
      defect: 'Refresh tokens work for a month without use.',
      changes: [{ kind: 'environment', service: 'platform-services', set: { REFRESH_TOKEN_DAYS: '30' } }],
      violates: ['idleTooLong'],
    },
    {
      defect: 'A refresh token outlives its session.',
      changes: [
        {
          kind: 'trigger',
          on: 'before insert on identity.refresh_tokens',
          does: "new.expires_at := new.expires_at + interval '5 days'; return new;",
        },
      ],
      violates: ['outlivesSession'],
    },
  ],
});
