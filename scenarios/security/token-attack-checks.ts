import { atLeast, defineCheck, empty, equals } from '../../harness/engine/index.ts';
import { platformServices } from '../../platform/contracts/platform-services/contract.ts';
import type { ServiceName } from '../../platform/contracts/service.ts';
import { registrationWorks } from '../authentication/check-fields.ts';
import { forgeries } from '../authentication/forgeries.ts';
import { summary } from '../kit/response.ts';
import { textAt, valueAt } from '../kit/shape.ts';
import { readyCheckId } from '../services/define-operational-checks.ts';
import { checklistItem } from './check-fields.ts';

/** Places that demand a token: the gateway, and two services straight, since none may rely on the gateway. */
const doors: readonly (readonly [ServiceName, string])[] = [
  ['gateway', '/api/users/me'],
  ['user-service', '/users/me'],
  ['platform-services', '/auth/me'],
];

export const authenticationSecurity = defineCheck({
  ...checklistItem,
  id: 'security.authentication-security',
  title: 'No forged token opens any door',
  why: 'Each of these forgeries has been accepted by a widely used library at some time (ASVS 5.0 9.1, 9.2; CVE-2026-34950). A genuine token works before and after, so that refusing everything is no success.',
  needs: [registrationWorks, readyCheckId('user-service')],
  services: ['gateway', 'platform-services', 'user-service'],
  remediation: {
    text: 'Verify with an allow-list of one algorithm, the platform’s own key set, issuer, audience, type and required claims; ignore jwk, jku, x5u and unknown crit of the token.',
    effort: 'hours',
  },
  expects: {
    genuineBefore: equals([200, 200, 200]),
    accepted: empty(),
    notPlainlyRefused: empty(),
    tried: atLeast(25 * doors.length, 'forged tokens'),
    refreshTokenAsAccess: equals([401, 401, 401]),
    accessTokenAsRefresh: equals(401),
    privatePartsPublished: empty(),
    genuineAfter: equals([200, 200, 200]),
  },
  run: async ({ account, http }) => {
    const user = await account();
    const from = user.address;
    const knock = (token: string) =>
      Promise.all(doors.map(([service, path]) => http.request(service, path, { token, from })));
    const statuses = async (token: string) => (await knock(token)).map(({ status }) => status);

    const genuineBefore = await statuses(user.accessToken);
    const keySet = await http.request('platform-services', platformServices.routes.jwks.path);
    const listed = valueAt(keySet.json, 'keys');
    const keys = Array.isArray(listed) ? (listed as Record<string, unknown>[]) : [];
    const accepted: string[] = [];
    const notPlainlyRefused: string[] = [];
    let tried = 0;
    for (const { name, token } of forgeries(user.accessToken, keys)) {
      for (const [index, answer] of (await knock(token)).entries()) {
        tried += 1;
        const door = doors[index]?.[0];
        if (answer.status < 400) accepted.push(`${name} at ${door}`);
        else if (answer.status !== 401 || textAt(answer.json, 'error') === '') {
          notPlainlyRefused.push(`${name} at ${door}: ${summary(answer)}`);
        }
      }
    }
    const asRefresh = await http.request('gateway', '/api/auth/refresh', {
      method: 'POST',
      body: { refresh_token: user.accessToken.slice(0, 512) },
      from,
    });
    return {
      genuineBefore,
      accepted,
      notPlainlyRefused,
      tried,
      refreshTokenAsAccess: await statuses(user.refreshToken),
      accessTokenAsRefresh: asRefresh.status,
      privatePartsPublished: keys.flatMap((key) =>
        ['d', 'p', 'q', 'k'].filter((part) => part in key).map((part) => `${String(key.kid)}.${part}`),
      ),
      genuineAfter: await statuses(user.accessToken),
    };
  },
});
