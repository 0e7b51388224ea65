import { defineCheck, equals } from '../../harness/engine/index.ts';
import { Profile } from '../../platform/contracts/user-service/contract.ts';
import { registrationWorks } from '../authentication/check-fields.ts';
import { postAuth, refresh } from '../authentication/requests.ts';
import { expectResponse, observeResponse, problemLocation } from '../kit/response.ts';
import { sendAs } from '../kit/send-as.ts';
import { textAt, valueAt } from '../kit/shape.ts';
import { readyCheckId } from '../services/operational-routes.ts';
import { apiCheck } from './check-fields.ts';
import { profileChangeBreaks, profileNameBreaks } from './user-breaks.ts';

const path = '/api/users/me';

export const profileName = defineCheck({
  ...apiCheck,
  id: 'api.users.profile-carries-registered-name',
  title: 'A new profile has the name given at registration',
  why: 'Users who see the first half of their email address instead of their name think they are in the wrong account.',
  severity: 'high',
  needs: [registrationWorks, readyCheckId('user-service')],
  services: ['gateway', 'platform-services', 'user-service'],
  remediation: {
    text: 'Put the registered name into the access token (claim name). Use it as display_name when user-service creates the profile at the first request.',
    effort: 'hours',
  },
  expects: {
    ...expectResponse(200, 'user-service'),
    displayName: equals('Zoë 李 O’Neill-García'),
    fromFirstAndLast: equals('Zoë García'),
    keptAfterRefresh: equals('Renamed'),
  },
  breaks: profileNameBreaks,
  run: async (context) => {
    const register = async (names: Record<string, string>) => {
      const email = `${context.unique('named')}@readiness.example`;
      const from = context.newAddress();
      const body = { email, password: 'a name is not a password', ...names };
      const { json } = await postAuth(context, 'register', body, { from });
      return { from, token: textAt(json, 'access_token'), refreshToken: textAt(json, 'refresh_token') };
    };
    const whole = await register({ name: 'Zoë 李 O’Neill-García' });
    const response = await context.http.request('gateway', path, whole);
    const { refreshToken, ...parts } = await register({ first_name: 'Zoë', last_name: 'García' });
    const second = await context.http.request('gateway', path, parts);
    // A later token still carries the registered name. It must not undo the user's own choice.
    const body = { display_name: 'Renamed' };
    await context.http.request('gateway', path, { ...parts, method: 'PUT', body });
    const token = textAt((await refresh(context, refreshToken, parts.from)).json, 'access_token');
    const later = await context.http.request('gateway', path, { from: parts.from, token });
    return {
      ...observeResponse(response, Profile),
      displayName: textAt(response.json, 'display_name'),
      fromFirstAndLast: textAt(second.json, 'display_name'),
      keptAfterRefresh: textAt(later.json, 'display_name'),
    };
  },
});

export const profileChange = defineCheck({
  ...apiCheck,
  id: 'api.users.profile-change-kept',
  title: 'A profile change stores exactly the given fields',
  failureTitle: 'A profile change stores other fields than it was given',
  why: 'A service that responds with 200 and stores nothing looks finished.',
  severity: 'high',
  needs: [registrationWorks, readyCheckId('user-service')],
  services: ['gateway', 'platform-services', 'user-service'],
  remediation: {
    text: 'Follow PUT /users/me into profiles.profiles: the statement must name only the given columns and run under the caller’s tenant.',
    effort: 'days',
  },
  expects: {
    ...expectResponse(200, 'user-service'),
    kept: equals('Grace Hopper'),
    untouched: equals(true),
    preferences: equals({ theme: 'dark' }),
    unknownField: equals(422),
    badValue: equals(['body', 'avatar_url']),
    foreignUnchanged: equals(true),
  },
  breaks: profileChangeBreaks,
  run: async (context) => {
    const [own, other] = await Promise.all([context.account(), context.account()]);
    const [send, sendOther] = [sendAs(context, own), sendAs(context, other)];
    const before = await send('GET', path);
    const otherBefore = await sendOther('GET', path);
    const change = (body: unknown) => send('PUT', path, body);
    const response = await change({ display_name: 'Grace Hopper', preferences: { theme: 'dark' } });
    const unknown = await change({ role: 'admin', tenant_id: other.tenantId });
    const bad = await change({ avatar_url: 'javascript:alert(1)' });
    const after = await send('GET', path);
    const otherAfter = await sendOther('GET', path);
    return {
      ...observeResponse(response, Profile),
      kept: textAt(after.json, 'display_name'),
      untouched: ['id', 'email', 'tenant_id', 'role', 'bio', 'created_at'].every(
        (field) => valueAt(before.json, field) === valueAt(after.json, field),
      ),
      preferences: (valueAt(after.json, 'preferences') as Record<string, string> | undefined) ?? {},
      unknownField: unknown.status,
      badValue: problemLocation(bad),
      foreignUnchanged: textAt(otherBefore.json, 'display_name') === textAt(otherAfter.json, 'display_name'),
    };
  },
});
