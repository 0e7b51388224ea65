import { type CheckContext, defineCheck, empty, equals } from '../../../harness/engine/index.ts';
import { serviceNames } from '../../../platform/contracts/service.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { pollUntil } from '../../kit/poll-until.ts';
import { prepare, sendAs } from '../../kit/send-as.ts';
import { textAt } from '../../kit/shape.ts';
import { readyCheckId } from '../../services/operational-routes.ts';
import { addMember, defaultWorkspace, type TenantMember } from '../administration/tenant-members.ts';
import { furtherSecurity } from '../check-fields.ts';
import { openDoors, shutDoors } from '../tokens/doors.ts';
import { endedAccountBreaks } from './ended-account-breaks.ts';
import { lagMs } from './ended-session-checks.ts';

/** Every route that signs in with a password. */
async function signInEverywhere(
  { http, newAddress, stack }: CheckContext,
  { email, password }: { email: string; password: string },
): Promise<string[]> {
  const { origin } = new URL(stack.services.frontend);
  const body = { email, password };
  const doors = [
    ['gateway', '/api/auth/login', {}],
    ['gateway', '/api/v1/auth/login', {}],
    ['platform-services', '/auth/login', {}],
    ['frontend', '/api/auth/login', { origin }],
  ] as const;
  const responses = await Promise.all(
    doors.map(async ([service, path, headers]) => ({
      door: `${service} ${path}`,
      response: await http.request(service, path, { method: 'POST', body, from: newAddress(), headers }),
    })),
  );
  return responses.flatMap(({ door, response }) => {
    // A token or a cookie of a session, whatever the status is.
    const signedIn =
      response.status < 300 ||
      response.text.includes('access_token') ||
      /_(?:access|refresh)=[^;]{20}/.test(response.headers['set-cookie'] ?? '');
    return signedIn ? [door] : [];
  });
}

export const endedAccounts = defineCheck({
  ...furtherSecurity,
  id: 'security.sessions.end-with-the-account',
  title: 'Who is deactivated, removed or deleted is out everywhere',
  failureTitle: 'A deactivated, removed or deleted user still gets in',
  why: 'An account is ended because its owner left or somebody else has taken it over. One door that stays open is enough (ASVS 5.0 7.4.2).',
  severity: 'blocker',
  needs: [registrationWorks, ...serviceNames.map(readyCheckId)],
  services: serviceNames,
  standards: ['ASVS 7.4.2', 'ASVS 8.3.2', 'API2', 'API5'],
  timeoutMs: 90_000,
  remediation: {
    text: 'A line names what happened to the user and the door. Every sign-in tests is_active after the password; ending an account ends its sessions and keys in the same transaction and publishes them.',
    effort: 'days',
  },
  expects: {
    shutBefore: empty(),
    signInsBefore: equals(4),
    stillOpen: empty(),
    signedIn: empty(),
    keysThatWork: empty(),
    refreshed: empty(),
    rightsBefore: equals(200),
    rightsAfterDemotion: equals(403),
    ownerShut: empty(),
  },
  run: async (context) => {
    const { http, newAddress } = context;
    const owner = await context.account();
    const send = sendAs(context, owner);
    const workspaceId = await defaultWorkspace(send);
    const member = () => addMember(context, send, { workspaceId, tenant_role: 'admin' });
    const [deactivated, removed, deleted] = [await member(), await member(), await member()];
    const keyOf = async ({ send: act }: TenantMember) =>
      textAt(
        await prepare(act, 'POST', '/api/auth/tokens', {
          name: context.unique('key'),
          scopes: ['user.email:read'],
        }),
        'token',
      );
    const subjects = await Promise.all(
      [
        { what: 'deactivated', member: deactivated },
        { what: 'removed', member: removed },
        { what: 'deleted', member: deleted },
      ].map(async (subject) => ({ ...subject, key: await keyOf(subject.member) })),
    );
    const each = async (doorsOf: (subject: (typeof subjects)[number]) => Promise<string[]>) => {
      const lines = await Promise.all(
        subjects.map(async (subject) => (await doorsOf(subject)).map((door) => `${subject.what}: ${door}`)),
      );
      return lines.flat();
    };
    const presented = ({ member: { accessToken: token, address: from } }: (typeof subjects)[number]) => ({
      token,
      from,
    });
    const shutBefore = await each((subject) => shutDoors(context, presented(subject)));
    const signInsBefore = await signInEverywhere(context, deactivated);
    const session = await http.request('gateway', '/api/auth/login', {
      method: 'POST',
      from: newAddress(),
      body: { email: deactivated.email, password: deactivated.password },
    });
    const rights = () => deactivated.send('GET', '/api/tenant/users');
    const rightsBefore = await rights();
    await prepare(send, 'PATCH', `/api/tenant/users/${deactivated.userId}`, { role: 'user' });
    const rightsAfter = await pollUntil(rights, ({ status }) => status === 403, context, lagMs);

    await prepare(send, 'POST', `/api/tenant/users/${deactivated.userId}/deactivate`);
    await prepare(send, 'DELETE', `/api/tenant/users/${removed.userId}`);
    await prepare(deleted.send, 'POST', '/api/auth/delete-account', { current_password: deleted.password });
    const keys = () =>
      each(async ({ key, member: { address: from } }) => {
        const { status } = await http.request('gateway', '/api/auth/me', { token: key, from });
        return status === 401 ? [] : [`${status}`];
      });
    const isEmpty = (lines: readonly string[]) => lines.length === 0;
    const stillOpen = await pollUntil(
      () => each((subject) => openDoors(context, presented(subject))),
      isEmpty,
      context,
      lagMs,
    );
    const keysThatWork = await pollUntil(keys, isEmpty, context, lagMs);
    const refreshed = await http.request('gateway', '/api/auth/refresh', {
      method: 'POST',
      from: newAddress(),
      body: { refresh_token: textAt(session.json, 'refresh_token') },
    });
    return {
      shutBefore,
      signInsBefore: signInsBefore.length,
      stillOpen,
      // A removed user may sign in: the account then has a tenant of its own.
      signedIn: await each(({ member: ended, what }) =>
        what === 'removed' ? Promise.resolve([]) : signInEverywhere(context, ended),
      ),
      keysThatWork,
      refreshed: refreshed.status === 401 ? [] : [`deactivated: ${refreshed.status}`],
      rightsBefore: rightsBefore.status,
      rightsAfterDemotion: rightsAfter.status,
      ownerShut: await shutDoors(context, { token: owner.accessToken, from: owner.address }),
    };
  },
  breaks: endedAccountBreaks,
});
