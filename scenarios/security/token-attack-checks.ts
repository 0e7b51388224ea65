import { atLeast, defineCheck, empty, equals } from '../../harness/engine/index.ts';
import { platformServices } from '../../platform/contracts/platform-services/contract.ts';
import type { ServiceName } from '../../platform/contracts/service.ts';
import { registrationWorks } from '../authentication/check-fields.ts';
import { forgeries } from '../authentication/forgeries.ts';
import { refresh } from '../authentication/requests.ts';
import { summary } from '../kit/response.ts';
import { textAt, valueAt } from '../kit/shape.ts';
import { readyCheckId } from '../services/operational-routes.ts';
import { checklistItem } from './check-fields.ts';

/** Protected routes of the gateway and of two services, since no service may rely on the gateway. */
const routes: readonly (readonly [ServiceName, string])[] = [
  ['gateway', '/api/users/me'],
  ['user-service', '/users/me'],
  ['platform-services', '/auth/me'],
];

export const authenticationSecurity = defineCheck({
  ...checklistItem,
  id: 'security.authentication-security',
  users: 1,
  title: 'Gateway and services reject forged tokens',
  why: 'A widely used library has accepted each of these forgeries at some time (ASVS 5.0 9.1, 9.2; CVE-2026-34950). A genuine token must work before and after, so rejecting everything does not pass.',
  needs: [registrationWorks, readyCheckId('user-service')],
  services: ['gateway', 'platform-services', 'user-service'],
  remediation: {
    text: 'Verify with an allow-list of one algorithm, the platform’s own key set, issuer, audience, type and required claims. Ignore jwk, jku and x5u of the token, and reject unknown crit.',
    effort: 'hours',
  },
  expects: {
    genuineBefore: equals([200, 200, 200]),
    accepted: empty(),
    notRejected: empty(),
    tried: atLeast(25 * routes.length, 'forged tokens'),
    refreshTokenAsAccess: equals([401, 401, 401]),
    accessTokenAsRefresh: equals(401),
    privatePartsPublished: empty(),
    genuineAfter: equals([200, 200, 200]),
  },
  run: async (context) => {
    const { http } = context;
    const user = await context.account();
    const from = user.address;
    const sendToAll = (token: string) =>
      Promise.all(routes.map(([service, path]) => http.request(service, path, { token, from })));
    const statuses = async (token: string) => (await sendToAll(token)).map(({ status }) => status);

    const genuineBefore = await statuses(user.accessToken);
    const keySet = await http.request('platform-services', platformServices.routes.jwks.path);
    const listed = valueAt(keySet.json, 'keys');
    const keys = Array.isArray(listed) ? (listed as Record<string, unknown>[]) : [];
    const accepted: string[] = [];
    const notRejected: string[] = [];
    let tried = 0;
    for (const { name, token } of forgeries(user.accessToken, keys)) {
      for (const [index, response] of (await sendToAll(token)).entries()) {
        tried += 1;
        const service = routes[index]?.[0];
        if (response.status < 400) accepted.push(`${name} at ${service}`);
        else if (response.status !== 401 || textAt(response.json, 'error') === '') {
          notRejected.push(`${name} at ${service}: ${summary(response)}`);
        }
      }
    }
    const asRefresh = await refresh(context, user.accessToken.slice(0, 512), from);
    return {
      genuineBefore,
      accepted,
      notRejected,
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
