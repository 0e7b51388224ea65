import { randomUUID } from 'node:crypto';
import { defineCheck, empty, equals } from '../../../harness/engine/index.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { expectRejection, observeRejection } from '../../kit/response.ts';
import { sendAs } from '../../kit/send-as.ts';
import { textAt, valueAt } from '../../kit/shape.ts';
import { readyCheckId } from '../../services/operational-routes.ts';
import { furtherSecurity } from '../check-fields.ts';
import { foreignProfileBreaks } from './tenant-breaks.ts';

export const foreignProfiles = defineCheck({
  ...furtherSecurity,
  id: 'security.tenants.profiles-of-others-unreachable',
  title: 'Profiles of other tenants are hidden',
  why: 'Guessed and collected ids are the most common attack on APIs (API1). "Forbidden" instead of "not found" confirms that the user exists.',
  severity: 'blocker',
  needs: [registrationWorks, readyCheckId('user-service')],
  services: ['gateway', 'platform-services', 'user-service'],
  remediation: {
    text: 'Read the row under the caller’s tenant, where row-level security filters it, and respond with 404 when there is none. Never read first and compare afterwards.',
    effort: 'days',
  },
  expects: {
    ...expectRejection('not_found', 'user-service'),
    sameAsUnknown: equals(true),
    own: equals(200),
    foreignInLists: empty(),
    totals: equals([1, 1, 0]),
  },
  breaks: foreignProfileBreaks,
  run: async (context) => {
    const [own, other] = await Promise.all([context.account(), context.account()]);
    const send = sendAs(context, own);
    // The first request creates the profile. Without the other one the check would prove nothing.
    await sendAs(context, other)('GET', '/api/users/me');
    await send('GET', '/api/users/me');
    const foreign = await send('GET', `/api/users/${other.userId}`);
    const unknown = await send('GET', `/api/users/${randomUUID()}`);
    const self = await send('GET', `/api/users/${own.userId}`);
    const lists = [
      await send('GET', '/api/users'),
      await send('GET', '/api/users?page_size=100&page=1'),
      await send('GET', `/api/users?search=${encodeURIComponent(other.email)}`),
    ];
    const constantPart = (json: unknown): string =>
      JSON.stringify([textAt(json, 'error'), textAt(json, 'message')]);
    return {
      ...observeRejection(foreign),
      sameAsUnknown:
        foreign.status === unknown.status && constantPart(foreign.json) === constantPart(unknown.json),
      own: self.status,
      foreignInLists: lists
        .filter(({ text }) => text.includes(other.userId) || text.includes(other.email))
        .map(({ url }) => new URL(url).search),
      totals: lists.map(({ json }) => Number(valueAt(json, 'total') ?? -1)),
    };
  },
});
