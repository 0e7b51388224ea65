import { randomUUID } from 'node:crypto';
import { defineCheck, empty, equals } from '../../../harness/engine/index.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { refusalIn, refuses } from '../../kit/response.ts';
import { textAt, valueAt } from '../../kit/shape.ts';
import { readyCheckId } from '../../services/define-operational-checks.ts';
import { furtherSecurity } from '../check-fields.ts';

export const foreignProfiles = defineCheck({
  ...furtherSecurity,
  id: 'security.objects.other-tenants-profiles-hidden',
  title: 'Profiles of other tenants look as if they did not exist',
  why: 'Guessing or collecting ids is the commonest attack on APIs (API1); "forbidden" instead of "not found" already confirms that somebody is there.',
  severity: 'blocker',
  needs: [registrationWorks, readyCheckId('user-service')],
  services: ['gateway', 'platform-services', 'user-service'],
  remediation: {
    text: 'Read the row under the caller’s tenant (row-level security does the rest) and answer 404 when there is none; never look first and compare afterwards.',
    effort: 'days',
  },
  expects: {
    ...refuses('not_found', 'user-service'),
    sameAsUnknown: equals(true),
    own: equals(200),
    foreignInLists: empty(),
    totals: equals([1, 1, 0]),
  },
  run: async ({ account, http }) => {
    const [own, other] = await Promise.all([account(), account()]);
    const ask = (path: string, user = own) =>
      http.request('gateway', path, { token: user.accessToken, from: user.address });
    // The profile of the other one has to exist for the question to mean something.
    await ask('/api/users/me', other);
    await ask('/api/users/me');
    const foreign = await ask(`/api/users/${other.userId}`);
    const unknown = await ask(`/api/users/${randomUUID()}`);
    const self = await ask(`/api/users/${own.userId}`);
    const lists = [
      await ask('/api/users'),
      await ask('/api/users?page_size=100&page=1'),
      await ask(`/api/users?search=${encodeURIComponent(other.email)}`),
    ];
    const essence = (json: unknown): string =>
      JSON.stringify([textAt(json, 'error'), textAt(json, 'message')]);
    return {
      ...refusalIn(foreign),
      sameAsUnknown: foreign.status === unknown.status && essence(foreign.json) === essence(unknown.json),
      own: self.status,
      foreignInLists: lists
        .filter(({ text }) => text.includes(other.userId) || text.includes(other.email))
        .map(({ url }) => new URL(url).search),
      totals: lists.map(({ json }) => Number(valueAt(json, 'total') ?? -1)),
    };
  },
});
