import { defineCheck, equals } from '../../harness/engine/index.ts';
import { Profile } from '../../platform/contracts/user-service/contract.ts';
import { postAuth, registrationWorks } from '../authentication/check-fields.ts';
import { answerIn, answers } from '../kit/response.ts';
import { textAt, valueAt } from '../kit/shape.ts';
import { readyCheckId } from '../services/define-operational-checks.ts';
import { apiCheck } from './check-fields.ts';

export const profileName = defineCheck({
  ...apiCheck,
  id: 'api.users.profile-carries-registered-name',
  title: 'The first profile carries the name somebody registered with',
  why: 'People who gave their name and are greeted by the first half of their email address think they have the wrong account.',
  severity: 'medium',
  needs: [registrationWorks, readyCheckId('user-service')],
  services: ['gateway', 'platform-services', 'user-service'],
  remediation: {
    text: 'Put the registered name into the access token (claim name) and take it as display_name when user-service makes the profile at the first request.',
    effort: 'hours',
  },
  expects: {
    ...answers(200, 'user-service'),
    displayName: equals('Zoë 李 O’Neill-García'),
    fromFirstAndLast: equals('Zoë García'),
    keptAfterRefresh: equals('Renamed'),
  },
  run: async (context) => {
    const register = async (names: Record<string, string>) => {
      const from = context.newAddress();
      const answer = await postAuth(
        context,
        'register',
        {
          email: `${context.unique('named')}@readiness.example`,
          password: 'a name is not a password',
          ...names,
        },
        { from },
      );
      return {
        from,
        token: textAt(answer.json, 'access_token'),
        refresh: textAt(answer.json, 'refresh_token'),
      };
    };
    const whole = await register({ name: 'Zoë 李 O’Neill-García' });
    const answer = await context.http.request('gateway', '/api/users/me', whole);
    const parts = await register({ first_name: 'Zoë', last_name: 'García' });
    const second = await context.http.request('gateway', '/api/users/me', parts);
    // A token issued later still says the registered name; it must not undo what its owner chose since.
    await context.http.request('gateway', '/api/users/me', {
      ...parts,
      method: 'PUT',
      body: { display_name: 'Renamed' },
    });
    const refreshed = await postAuth(
      context,
      'refresh',
      { refresh_token: parts.refresh },
      { from: parts.from },
    );
    const later = await context.http.request('gateway', '/api/users/me', {
      from: parts.from,
      token: textAt(refreshed.json, 'access_token'),
    });
    return {
      ...answerIn(answer, Profile),
      displayName: textAt(answer.json, 'display_name'),
      fromFirstAndLast: textAt(second.json, 'display_name'),
      keptAfterRefresh: textAt(later.json, 'display_name'),
    };
  },
});

export const profileChange = defineCheck({
  ...apiCheck,
  id: 'api.users.profile-change-kept',
  title: 'A changed profile is stored, and only what was changed',
  why: 'Answering 200 to a change and forgetting it is the commonest way to look finished.',
  severity: 'high',
  needs: [registrationWorks, readyCheckId('user-service')],
  services: ['gateway', 'platform-services', 'user-service'],
  remediation: {
    text: 'Follow PUT /users/me into profiles.profiles: the statement has to name only the given columns and run under the caller’s tenant.',
    effort: 'days',
  },
  expects: {
    ...answers(200, 'user-service'),
    kept: equals('Grace Hopper'),
    untouched: equals(true),
    preferences: equals({ theme: 'dark' }),
    unknownField: equals(422),
    badValue: equals(['body', 'avatar_url']),
    foreignUnchanged: equals(true),
  },
  run: async ({ account, http }) => {
    const [own, other] = await Promise.all([account(), account()]);
    const at = (user: typeof own) => ({ token: user.accessToken, from: user.address });
    const before = await http.request('gateway', '/api/users/me', at(own));
    const otherBefore = await http.request('gateway', '/api/users/me', at(other));
    const change = (body: unknown) =>
      http.request('gateway', '/api/users/me', { ...at(own), method: 'PUT', body });
    const answer = await change({ display_name: 'Grace Hopper', preferences: { theme: 'dark' } });
    const unknown = await change({ role: 'admin', tenant_id: other.tenantId });
    const bad = await change({ avatar_url: 'javascript:alert(1)' });
    const after = await http.request('gateway', '/api/users/me', at(own));
    const otherAfter = await http.request('gateway', '/api/users/me', at(other));
    return {
      ...answerIn(answer, Profile),
      kept: textAt(after.json, 'display_name'),
      untouched: ['id', 'email', 'tenant_id', 'role', 'bio', 'created_at'].every(
        (field) => valueAt(before.json, field) === valueAt(after.json, field),
      ),
      preferences: (valueAt(after.json, 'preferences') as Record<string, string> | undefined) ?? {},
      unknownField: unknown.status,
      badValue: ((valueAt(bad.json, 'details', 0, 'loc') as string[] | undefined) ?? []).map(String),
      foreignUnchanged: textAt(otherBefore.json, 'display_name') === textAt(otherAfter.json, 'display_name'),
    };
  },
});
