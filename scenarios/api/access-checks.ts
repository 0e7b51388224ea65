import { randomUUID } from 'node:crypto';
import { atLeast, defineCheck, empty, equals } from '../../harness/engine/index.ts';
import { gatewayPath } from '../../platform/contracts/service.ts';
import { Profile } from '../../platform/contracts/user-service/contract.ts';
import { registrationWorks } from '../authentication/check-fields.ts';
import { answerIn, answers, summary } from '../kit/response.ts';
import { sampleRequest } from '../kit/sample-request.ts';
import { textAt } from '../kit/shape.ts';
import { readyCheckId } from '../services/define-operational-checks.ts';
import { apiCheck } from './check-fields.ts';
import { servicesBehindGateway } from './routing-checks.ts';

const protectedRoutes = servicesBehindGateway.flatMap((contract) =>
  Object.values(contract.routes).flatMap((route) => {
    const path = gatewayPath(contract, route);
    return route.access === 'user' && path !== undefined ? [{ ...route, path }] : [];
  }),
);

export const unauthenticatedRefused = defineCheck({
  ...apiCheck,
  id: 'api.access.unauthenticated-refused',
  title: 'Every protected route refuses whoever is not signed in',
  why: 'One route without its guard is enough to read a customer’s data; so every one of them is asked.',
  severity: 'blocker',
  weight: 2,
  conditions: ['gateway-routing'],
  needs: [readyCheckId('gateway')],
  services: ['gateway'],
  timeoutMs: 60_000,
  remediation: {
    text: 'Declare the route with access "user" in its contract; gateway and service then both demand a token before they look at the request.',
    effort: 'hours',
  },
  expects: { notRefused: empty(), routes: atLeast(protectedRoutes.length, 'routes') },
  run: async ({ http }) => {
    const notRefused: string[] = [];
    for (const route of protectedRoutes) {
      const sample = sampleRequest(route);
      const answer = await http.request('gateway', sample.path, {
        method: route.method,
        ...(sample.body === undefined ? {} : { body: sample.body }),
      });
      if (answer.status !== 401 || textAt(answer.json, 'error') !== 'unauthenticated') {
        notRefused.push(`${route.method} ${sample.path}: ${summary(answer)}`);
      }
    }
    return { notRefused, routes: protectedRoutes.length };
  },
});

export const spoofedIdentity = defineCheck({
  ...apiCheck,
  id: 'api.access.spoofed-identity-ignored',
  title: 'Identity headers of a client are ignored',
  why: 'Services trust what the gateway says about the caller; a stock proxy passes a client’s own X-User-Id on unchanged.',
  severity: 'blocker',
  needs: [registrationWorks, readyCheckId('user-service')],
  services: ['gateway', 'platform-services', 'user-service'],
  remediation: {
    text: 'Drop X-User-*, X-Tenant-*, X-Internal-*, X-Forwarded-* and what Connection names from every client request, then set the gateway’s own headers last.',
    effort: 'hours',
  },
  expects: {
    ...answers(200, 'user-service'),
    self: equals(true),
    selfDespiteConnectionHeader: equals(true),
    withoutToken: equals(401),
    straightAtService: equals(401),
  },
  run: async ({ account, http }) => {
    const [own, other] = await Promise.all([account(), account()]);
    const headers = {
      'x-user-id': other.userId,
      'x-user-email': other.email,
      'x-user-role': 'admin',
      'x-tenant-id': other.tenantId,
      'x-session-id': randomUUID(),
      'x-internal-key': 'guess',
      'x-forwarded-user': other.userId,
    };
    const ask = (more: Record<string, string>, token?: string) =>
      http.request('gateway', '/api/users/me', {
        from: own.address,
        headers: { ...headers, ...more },
        ...(token ? { token } : {}),
      });
    const answer = await ask({}, own.accessToken);
    const stripped = await ask({ connection: 'close, x-user-id, x-tenant-id' }, own.accessToken);
    const anonymous = await ask({});
    const direct = await http.request('user-service', '/users/me', { headers });
    const isOwn = (json: unknown) =>
      textAt(json, 'id') === own.userId && textAt(json, 'tenant_id') === own.tenantId;
    return {
      ...answerIn(answer, Profile),
      self: isOwn(answer.json),
      selfDespiteConnectionHeader: isOwn(stripped.json),
      withoutToken: anonymous.status,
      straightAtService: direct.status,
    };
  },
});
