import { atMost, type CheckContext, defineCheck, empty, equals } from '../../../harness/engine/index.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { pollUntil } from '../../kit/poll-until.ts';
import { prepare, type Send, sendAs } from '../../kit/send-as.ts';
import { textAt, valueAt } from '../../kit/shape.ts';
import { furtherSecurity } from '../check-fields.ts';
import { deactivationBreaks, ownerBreaks, roleBreaks } from './administration-breaks.ts';
import { addMember, defaultWorkspace, type TenantMember } from './tenant-members.ts';

const administration = {
  ...furtherSecurity,
  needs: [registrationWorks],
  timeoutMs: 90_000,
} as const;

/** Documented maximum time until every service follows a change of rights, milliseconds. */
const lagMs = 5_000;

async function ownTenant(context: CheckContext) {
  const account = await context.account();
  const send = sendAs(context, account);
  return { account, send, workspaceId: await defaultWorkspace(send) };
}

const roles = ['admin', 'moderator', 'user', 'readonly'] as const;

/** Statuses by role, in the order of `roles`. */
const table: readonly [what: string, expected: readonly number[]][] = [
  ['list users', [200, 200, 403, 403]],
  ['invite', [201, 201, 201, 403]],
  ['create a workspace', [201, 201, 201, 403]],
  ['read own workspaces', [200, 200, 200, 200]],
  ['change a role', [200, 403, 403, 403]],
  ['deactivate a user', [200, 200, 403, 403]],
  ['deactivate the owner', [403, 403, 403, 403]],
  ['remove a user', [204, 403, 403, 403]],
  ['transfer the tenant', [403, 403, 403, 403]],
];

export const tenantRolesApply = defineCheck({
  ...administration,
  id: 'security.administration.roles-apply',
  title: 'Each role in the tenant allows what it says',
  failureTitle: 'A role in the tenant allows more or less than it says',
  standards: ['ASVS 8.2.1', 'API5'],
  why: 'A role that nobody can give or that changes nothing protects nothing. One that allows too much lets its holder take over.',
  remediation: {
    text: 'Compare `needs` of the route in the contract with docs of PATCH /tenant/users/{id}. A line in `differences` names role, action and status.',
    effort: 'hours',
  },
  expects: { rolesShown: equals([...roles]), differences: empty(), answers: equals(table.length * 4) },
  breaks: roleBreaks,
  run: async (context) => {
    const { account, send, workspaceId } = await ownTenant(context);
    const where = { workspaceId, role: 'admin' };
    const holders: TenantMember[] = [];
    const rolesShown: string[] = [];
    for (const role of roles) {
      const holder = await addMember(context, send, where);
      await prepare(send, 'PATCH', `/api/tenant/users/${holder.userId}`, { role });
      holders.push(holder);
      rolesShown.push(textAt((await holder.send('GET', '/api/auth/me')).json, 'role'));
    }
    const differences: string[] = [];
    let answers = 0;
    for (const [index, { send: act }] of holders.entries()) {
      const subject = await addMember(context, send, { workspaceId });
      const user = `/api/tenant/users/${subject.userId}`;
      const email = `${context.unique('guest')}@readiness.example`.toLowerCase();
      const requests: Readonly<Record<string, Parameters<Send>>> = {
        'list users': ['GET', '/api/tenant/users'],
        invite: ['POST', `/api/workspaces/${workspaceId}/invitations`, { email, role: 'viewer' }],
        'create a workspace': ['POST', '/api/workspaces', { name: context.unique('workspace') }],
        'read own workspaces': ['GET', '/api/workspaces'],
        'change a role': ['PATCH', user, { role: 'moderator' }],
        'deactivate a user': ['POST', `${user}/deactivate`],
        'deactivate the owner': ['POST', `/api/tenant/users/${account.userId}/deactivate`],
        'remove a user': ['DELETE', user],
        'transfer the tenant': ['POST', '/api/tenant/transfer', { user_id: subject.userId }],
      };
      for (const [what, expected] of table) {
        // The subject must be one that moderators may deactivate.
        if (what === 'deactivate a user') await prepare(send, 'PATCH', user, { role: 'user' });
        const { status } = await act(...(requests[what] as Parameters<Send>));
        answers += 1;
        if (status !== expected[index])
          differences.push(`${roles[index]}: ${what}: ${status} instead of ${expected[index]}`);
      }
    }
    return { rolesShown, differences, answers };
  },
});

/** One request to each service that stores something of users. */
const reads = [
  '/api/auth/me',
  '/api/users/me',
  '/api/workspaces',
  '/api/airtable/v0/meta/bases',
  '/api/files',
  '/api/workflows',
  '/api/saga',
  '/api/sessions',
] as const;

export const deactivationEndsAccess = defineCheck({
  ...administration,
  id: 'security.administration.deactivation-ends-access',
  title: 'A deactivated user loses all access within 5 s',
  failureTitle: 'A deactivated user still has access, or cannot return',
  controls: ['notReachedBefore', 'apiKeyBefore'],
  standards: ['ASVS 7.4.2', 'ASVS 8.3.2', 'API2'],
  why: 'Somebody who leaves, or whose account was taken over, must be stopped at once and everywhere.',
  services: [
    'gateway',
    'platform-services',
    'user-service',
    'airtable-gateway',
    'file-service',
    'automation-services',
    'saga-service',
    'llm-orchestrator',
  ],
  remediation: {
    text: 'A path in `stillReached` belongs to a service that does not follow `auth:revoked-sessions` and `auth:authority` in Redis. POST /tenant/users/{id}/deactivate ends sessions and publishes both.',
    effort: 'days',
  },
  expects: {
    notReachedBefore: empty(),
    apiKeyBefore: equals(200),
    deactivation: equals(200),
    stillReached: empty(),
    lag: atMost(lagMs, 'ms'),
    signIn: equals('403 account_deactivated'),
    refresh: equals(401),
    reactivation: equals(200),
    signInAgain: equals(200),
    apiKeyAgain: equals(200),
  },
  breaks: deactivationBreaks,
  run: async (context) => {
    const { http } = context;
    const { send, workspaceId } = await ownTenant(context);
    const member = await addMember(context, send, { workspaceId });
    const key = await prepare(member.send, 'POST', '/api/auth/tokens', {
      name: context.unique('key'),
      scopes: ['user.email:read'],
    });
    const byKey = () =>
      http.request('gateway', '/api/auth/me', { token: textAt(key, 'token'), from: member.address });
    const { email, password } = member;
    const from = context.newAddress();
    const post = (path: string, body: unknown) =>
      http.request('gateway', path, { method: 'POST', from, body });
    const second = await post('/api/auth/login', { email, password });
    const reached = async (): Promise<string[]> => {
      const statuses = await Promise.all(
        reads.map(async (path) => [path, (await member.send('GET', path)).status] as const),
      );
      const keyStatus = (await byKey()).status;
      return [...statuses, ['API key', keyStatus] as const]
        .filter(([, status]) => status === 200)
        .map(([path]) => path);
    };
    const before = await reached();
    const apiKeyBefore = (await byKey()).status;
    const user = `/api/tenant/users/${member.userId}`;
    const deactivated = await send('POST', `${user}/deactivate`);
    const since = performance.now();
    const stillReached = await pollUntil(reached, (paths) => paths.length === 0, context, lagMs);
    const lag = Math.round(performance.now() - since);
    const signIn = await post('/api/auth/login', { email, password });
    const refresh = await post('/api/auth/refresh', { refresh_token: textAt(second.json, 'refresh_token') });
    const reactivated = await send('POST', `${user}/reactivate`);
    const again = await post('/api/auth/login', { email, password });
    const keyAgain = await pollUntil(byKey, ({ status }) => status === 200, context, lagMs);
    return {
      notReachedBefore: reads.filter((path) => !before.includes(path)),
      apiKeyBefore,
      deactivation: deactivated.status,
      stillReached,
      lag,
      signIn: `${signIn.status} ${textAt(signIn.json, 'error')}`,
      refresh: refresh.status,
      reactivation: reactivated.status,
      signInAgain: again.status,
      apiKeyAgain: keyAgain.status,
    };
  },
});

export const ownerStays = defineCheck({
  ...administration,
  id: 'security.administration.owner-stays',
  title: 'A tenant keeps its owner until it is transferred',
  failureTitle: 'A tenant or workspace can lose its owner',
  standards: ['ASVS 8.2.1', 'API5'],
  why: 'A tenant without an owner cannot be administered, transferred or deleted by anybody.',
  remediation: {
    text: 'Changes of users lock the tenant and reject the owner as their subject with 409; only POST /tenant/transfer changes the owner.',
    effort: 'hours',
  },
  expects: {
    byOwner: equals([409, 409, 409]),
    byAdministrator: equals([403, 403, 403]),
    ownerAfter: equals('same'),
    lastOwnerOfWorkspace: equals(409),
    transfer: equals(200),
    formerOwnerIsRemoved: equals(204),
    formerOwnerHasOwnTenant: equals('another'),
  },
  breaks: ownerBreaks,
  run: async (context) => {
    const { account, send, workspaceId } = await ownTenant(context);
    const administrator = await addMember(context, send, { workspaceId, tenant_role: 'admin' });
    const user = `/api/tenant/users/${account.userId}`;
    const attempts = async (act: Send) => [
      (await act('PATCH', user, { role: 'readonly' })).status,
      (await act('POST', `${user}/deactivate`)).status,
      (await act('DELETE', user)).status,
    ];
    const byOwner = await attempts(send);
    const byAdministrator = await attempts(administrator.send);
    const owner = async (act: Send) => textAt((await act('GET', '/api/tenant')).json, 'owner_id');
    const ownerAfter = (await owner(send)) === account.userId ? 'same' : 'another';
    const membership = `/api/workspaces/${workspaceId}/members/${account.userId}`;
    const lastOwner = await send('DELETE', membership);
    const transfer = await send('POST', '/api/tenant/transfer', { user_id: administrator.userId });
    const removed = await administrator.send('DELETE', user);
    const signedIn = await context.http.request('gateway', '/api/auth/login', {
      method: 'POST',
      from: context.newAddress(),
      body: { email: account.email, password: account.password },
    });
    const tenantNow = valueAt(signedIn.json, 'user', 'tenant_id');
    return {
      byOwner,
      byAdministrator,
      ownerAfter,
      lastOwnerOfWorkspace: lastOwner.status,
      transfer: transfer.status,
      formerOwnerIsRemoved: removed.status,
      formerOwnerHasOwnTenant:
        typeof tenantNow === 'string' && tenantNow !== account.tenantId ? 'another' : String(tenantNow),
    };
  },
});
