import { defineCheck, empty, equals } from '../../../harness/engine/index.ts';
import type { ServiceName } from '../../../platform/contracts/service.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { pollUntil } from '../../kit/poll-until.ts';
import { prepare, sendAs } from '../../kit/send-as.ts';
import { textAt, valueAt } from '../../kit/shape.ts';
import { addMember, defaultWorkspace } from '../administration/tenant-members.ts';
import { furtherSecurity } from '../check-fields.ts';
import { auditBreaks, auditSecretBreaks, rejectionLogBreaks } from './audit-breaks.ts';

interface AuditEvent {
  event: string;
  outcome: string;
  actor_id: string | null;
  request_id: string | null;
  created_at: string;
}

export const changesAudited = defineCheck({
  ...furtherSecurity,
  id: 'security.audit.changes-of-rights-are-recorded',
  title: 'Every change of rights is in the audit log with its actor',
  failureTitle: 'A change of rights is missing in the audit log',
  why: 'After a break-in, the first question is who gave whom which right, and when. Only a complete log can answer it (ASVS 16.2.1, 16.3.1).',
  standards: ['ASVS 16.2.1', 'ASVS 16.3.1', 'ASVS 16.3.3'],
  needs: [registrationWorks],
  remediation: {
    text: 'Write the audit event in the transaction of the change, with the id of the acting user and of the request.',
    effort: 'hours',
  },
  expects: {
    missing: empty(),
    incomplete: empty(),
    forged: empty(),
    readByMember: empty(),
  },
  breaks: auditBreaks,
  run: async (context) => {
    const account = await context.account();
    const send = sendAs(context, account);
    const workspaceId = await defaultWorkspace(send);
    const member = await addMember(context, send, { workspaceId, role: 'editor' });
    const user = `/api/tenant/users/${member.userId}`;
    const login = (body: object) =>
      context.http.request('gateway', '/api/auth/login', {
        method: 'POST',
        from: context.newAddress(),
        body,
      });
    const wrong = `Wrong-${context.unique('password')}`;
    await login({ email: account.email, password: wrong });
    // A line feed in a text must not make a second line.
    const forged = `evil\r\n{"event":"forged","outcome":"success"}`;
    await prepare(send, 'POST', '/api/workspaces', { name: forged.replaceAll(/[\r\n]/g, ' ') });
    await send('POST', '/api/workspaces', { name: forged });
    await prepare(send, 'PATCH', user, { role: 'moderator' });
    await prepare(send, 'PATCH', `/api/workspaces/${workspaceId}/members/${member.userId}`, {
      role: 'viewer',
    });
    const key = await prepare(send, 'POST', '/api/auth/tokens', { name: 'Audit', scopes: ['files:read'] });
    await prepare(send, 'DELETE', `/api/auth/tokens/${textAt(key, 'id')}`);
    await prepare(send, 'POST', `${user}/deactivate`);
    await prepare(send, 'DELETE', user);
    const events = (valueAt(await prepare(send, 'GET', '/api/audit/events?page_size=100'), 'events') ??
      []) as AuditEvent[];
    const expected: readonly (readonly [event: string, outcome: string, actor: string | undefined])[] = [
      ['login', 'failure', undefined],
      ['invitation_created', 'success', account.userId],
      ['user_role_changed', 'success', account.userId],
      ['member_role_changed', 'success', account.userId],
      ['token_created', 'success', account.userId],
      ['token_revoked', 'success', account.userId],
      ['user_deactivated', 'success', account.userId],
      ['user_removed', 'success', account.userId],
    ];
    const foreign = await context.account();
    const others = await sendAs(context, foreign)('GET', '/api/audit/events?page_size=100');
    return {
      missing: expected
        .filter(
          ([event, outcome, actor]) =>
            !events.some(
              (one) =>
                one.event === event &&
                one.outcome === outcome &&
                (actor === undefined || one.actor_id === actor),
            ),
        )
        .map(([event, outcome]) => `${event}: ${outcome}`),
      incomplete: events
        .filter(({ actor_id, request_id, created_at }) => !actor_id || !request_id || !created_at)
        .map(({ event, outcome }) => `${event}: ${outcome}`),
      forged: events.filter(({ event }) => event === 'forged').map(({ event }) => event),
      readByMember: others.text.includes(account.userId) ? ['another tenant reads the events'] : [],
    };
  },
});

export const auditWithoutSecrets = defineCheck({
  ...furtherSecurity,
  id: 'security.audit.events-have-no-secrets',
  title: 'The audit log contains no password, token or key',
  failureTitle: 'The audit log contains a password, token or key',
  why: 'The audit log is kept for a year and read by moderators. A password in it opens the account for all of them (ASVS 16.2.5).',
  standards: ['ASVS 14.2.1', 'ASVS 16.2.5'],
  needs: [registrationWorks],
  remediation: {
    text: 'Details of an event name what was changed, never the value of a password or token (audit/audit.ts of platform-services).',
    effort: 'hours',
  },
  expects: { secrets: empty(), recorded: equals([]) },
  breaks: auditSecretBreaks,
  run: async (context) => {
    const account = await context.account();
    const { accessToken: token, email, address: from, password } = account;
    const send = sendAs(context, account);
    const post = (path: string, body: object, signedIn = true) =>
      context.http.request('gateway', `/api/auth/${path}`, {
        method: 'POST',
        from: signedIn ? from : context.newAddress(),
        body,
        ...(signedIn ? { token } : {}),
      });
    const wrong = context.canary('password');
    const changed = context.canary('password');
    await post('login', { email, password: wrong }, false);
    const key = textAt(
      await prepare(send, 'POST', '/api/auth/tokens', { name: 'Audit', scopes: ['files:read'] }),
      'token',
    );
    await post('forgot-password', { email }, false);
    await post('change-password', { current_password: password, new_password: changed });
    const { text, json } = await send('GET', '/api/audit/events?page_size=100');
    const names = ((valueAt(json, 'events') ?? []) as AuditEvent[]).map(({ event }) => event);
    const secrets = [
      ['the password of a failed sign-in', wrong],
      ['the password', password],
      ['the new password', changed],
      ['the access token', token],
      ['the refresh token', account.refreshToken],
      ['the API key', key],
    ] as const;
    return {
      secrets: [
        ...secrets.filter(([, value]) => value !== '' && text.includes(value)).map(([name]) => name),
        // Names of events begin like names of tokens; the tokens of this check are searched above.
        ...context
          .secretsIn(JSON.stringify(valueAt(json, 'events') ?? []))
          .filter((kind) => kind !== 'token'),
      ],
      // Without these events, the absence of secrets says nothing.
      recorded: ['login', 'token_created', 'password_changed'].filter((name) => !names.includes(name)),
    };
  },
});

export const rejectionsLogged = defineCheck({
  ...furtherSecurity,
  id: 'security.audit.rejections-are-logged-with-their-caller',
  title: 'Rejected requests are logged with their caller',
  failureTitle: 'A rejected request is not in the log, or has no caller',
  why: 'Many forbidden requests of one user, or many sign-ins from one address, are an attack in progress. A line without the caller cannot show it (ASVS 16.3.2, 16.3.3).',
  standards: ['ASVS 16.2.1', 'ASVS 16.2.5', 'ASVS 16.3.2', 'ASVS 16.3.3', 'ASVS 16.4.1'],
  requires: ['logs', 'many-source-addresses'],
  needs: [registrationWorks],
  remediation: {
    text: 'The line of a completed request has user_id or address for every response with a status of 400 and above (platform/kit/observe/request-observer.ts).',
    effort: 'hours',
  },
  expects: {
    forbidden: equals('logged with the user'),
    limited: equals('logged with the address'),
    forgedLines: empty(),
    statuses: equals([403, 429]),
  },
  breaks: rejectionLogBreaks,
  run: async (context) => {
    const account = await context.account();
    const send = sendAs(context, account);
    const workspaceId = await defaultWorkspace(send);
    const member = await addMember(context, send, { workspaceId, role: 'viewer' });
    const forbidden = await member.send('PATCH', `/api/workspaces/${workspaceId}`, { name: 'Forbidden' });
    const from = context.newAddress();
    const mark = context.unique('forged');
    const attempt = () =>
      context.http.request('gateway', `/api/auth/login?x=%0d%0a{"level":30,"msg":"${mark}"}`, {
        method: 'POST',
        from,
        headers: { 'user-agent': `x{"msg":"${mark}"}` },
        body: { email: `${mark}\r\n@readiness.example`, password: 'no password of anybody' },
      });
    let limited = await attempt();
    for (let tries = 0; tries < 10 && limited.status !== 429; tries += 1) limited = await attempt();
    const lineOf = (service: ServiceName, id: string | undefined) => () =>
      Promise.resolve(
        context
          .logLines(service)
          .find(({ text }) => id !== undefined && text.includes(id) && text.includes('"status":')),
      );
    const seen = async (service: ServiceName, id: string | undefined, caller: string, word: string) => {
      const line = await pollUntil(lineOf(service, id), (found) => found !== undefined, context, 3_000);
      if (line === undefined) return `${service} has no line of the request`;
      return line.text.includes(caller)
        ? `logged with the ${word}`
        : `no ${word} in ${line.text.slice(0, 300)}`;
    };
    const forgedLines = (['gateway', 'platform-services'] as const).flatMap((service) =>
      context
        .logLines(service)
        .filter(({ text }) => new RegExp(`^\\s*\\{"level":30,"msg":"${mark}`).test(text))
        .map(() => `${service} wrote a line of the client`),
    );
    return {
      forbidden: await seen('platform-services', forbidden.headers['x-request-id'], member.userId, 'user'),
      limited: await seen('gateway', limited.headers['x-request-id'], from, 'address'),
      forgedLines,
      statuses: [forbidden.status, limited.status],
    };
  },
});
