import { randomUUID } from 'node:crypto';
import { atLeast, defineCheck, empty, equals } from '../../harness/engine/index.ts';
import { gatewayPath } from '../../platform/contracts/service.ts';
import { Profile } from '../../platform/contracts/user-service/contract.ts';
import { registrationWorks } from '../authentication/check-fields.ts';
import { approvedRoute } from '../kit/contract/approved-contract.ts';
import { requestRaw } from '../kit/raw-request.ts';
import { expectResponse, observeResponse, summary } from '../kit/response.ts';
import { sampleRequest } from '../kit/sample-request.ts';
import { textAt, valueAt } from '../kit/shape.ts';
import { readyCheckId } from '../services/operational-routes.ts';
import { apiCheck } from './check-fields.ts';
import { servicesBehindGateway } from './gateway-routes.ts';
import { rejectsUnauthenticatedBreaks, spoofedIdentityBreaks } from './request-breaks.ts';

/** Routes that need a token, as approved: a contract that opens one by mistake must not take it out of the check. */
const protectedRoutes = servicesBehindGateway.flatMap((contract) =>
  Object.values(contract.routes).flatMap((route) => {
    const path = gatewayPath(contract, route);
    const access = approvedRoute(contract.name, `${route.method} ${route.path}`)?.access ?? 'user';
    return path === undefined || access !== 'user' ? [] : [{ ...route, path }];
  }),
);

export const rejectsUnauthenticated = defineCheck({
  ...apiCheck,
  id: 'api.access.rejects-unauthenticated',
  title: 'Every protected route rejects requests without a token',
  why: 'One unprotected route is enough to read a customer’s data, so the check tries all of them.',
  severity: 'blocker',
  weight: 2,
  conditions: ['gateway-routing'],
  needs: [readyCheckId('gateway')],
  services: ['gateway'],
  timeoutMs: 60_000,
  remediation: {
    text: 'Declare the route with access "user" in its contract. Gateway and service then require a token before they read the request.',
    effort: 'hours',
  },
  expects: { notRejected: empty(), routes: atLeast(protectedRoutes.length, 'routes') },
  breaks: rejectsUnauthenticatedBreaks,
  run: async ({ http }) => {
    const notRejected: string[] = [];
    for (const route of protectedRoutes) {
      const sample = sampleRequest(route);
      const response = await http.request('gateway', sample.path, {
        method: route.method,
        ...(sample.body === undefined ? {} : { body: sample.body }),
      });
      const isNamed = sample.path.startsWith('/api/airtable/v0/')
        ? valueAt(response.json, 'error', 'type') === 'AUTHENTICATION_REQUIRED'
        : valueAt(response.json, 'error') === 'unauthenticated';
      if (response.status !== 401 || !isNamed)
        notRejected.push(`${route.method} ${sample.path}: ${summary(response)}`);
    }
    return { notRejected, routes: protectedRoutes.length };
  },
});

export const spoofedIdentity = defineCheck({
  ...apiCheck,
  id: 'api.access.spoofed-identity-ignored',
  users: 2,
  title: 'The gateway ignores identity headers of a client',
  why: 'Services trust the gateway’s identity headers. A stock proxy forwards a client’s own X-User-Id unchanged.',
  severity: 'blocker',
  needs: [registrationWorks, readyCheckId('user-service')],
  services: ['gateway', 'platform-services', 'user-service'],
  remediation: {
    text: 'Drop X-User-*, X-Tenant-*, X-Internal-*, X-Forwarded-* and every header that Connection names from client requests. Then set the gateway’s own headers last.',
    effort: 'hours',
  },
  expects: {
    ...expectResponse(200, 'user-service'),
    self: equals(true),
    selfDespiteConnectionHeader: equals(true),
    withoutToken: equals(401),
    directToService: equals(401),
  },
  breaks: spoofedIdentityBreaks,
  run: async ({ account, http, stack, signal }) => {
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
    const send = (more: Record<string, string>, token?: string) =>
      http.request('gateway', '/api/users/me', {
        from: own.address,
        headers: { ...headers, ...more },
        ...(token ? { token } : {}),
      });
    const response = await send({}, own.accessToken);
    const stripped = await requestRaw(
      { signal },
      {
        url: `${stack.services.gateway}/api/users/me`,
        from: own.address,
        headers: {
          ...headers,
          authorization: `Bearer ${own.accessToken}`,
          connection: 'close, x-user-id, x-tenant-id',
        },
      },
    );
    const anonymous = await send({});
    const direct = await http.request('user-service', '/users/me', { headers });
    const isOwn = (json: unknown) =>
      textAt(json, 'id') === own.userId && textAt(json, 'tenant_id') === own.tenantId;
    return {
      ...observeResponse(response, Profile),
      self: isOwn(response.json),
      selfDespiteConnectionHeader: isOwn(stripped.json),
      withoutToken: anonymous.status,
      directToService: direct.status,
    };
  },
});
