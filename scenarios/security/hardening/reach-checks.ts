import { atLeast, type CheckContext, defineCheck, empty, equals } from '../../../harness/engine/index.ts';
import type { ServiceName } from '../../../platform/contracts/service.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { binaryForm } from '../../kit/binary-form.ts';
import { prepare, sendAs } from '../../kit/send-as.ts';
import { textAt } from '../../kit/shape.ts';
import { readyCheckId } from '../../services/operational-routes.ts';
import { furtherSecurity } from '../check-fields.ts';
import { reachBreaks } from './reach-breaks.ts';

type Options = Parameters<CheckContext['http']['request']>[2] & object;

/** A request that must be rejected, and where at the latest. */
interface Attack {
  /** With its section of the list of security checks. */
  name: string;
  path: string;
  options?: Options;
  /** Statuses that reject it. */
  statuses: readonly number[];
  /** The service that rejects it; default: the gateway itself. */
  stopsAt?: ServiceName;
  /** Whether that service may ask its database before it rejects the request. Default false. */
  mayQuery?: boolean;
}

/** Every service asks it for the rights of users, and the gateway exchanges API keys there. */
const rights: ServiceName = 'platform-services';

const routes = [
  ['user-service', '/api/users/me'],
  ['file-service', '/api/files'],
  ['airtable-gateway', '/api/airtable/v0/meta/bases'],
  ['automation-services', '/api/workflows'],
] as const;

export const attacksStopEarly = defineCheck({
  ...furtherSecurity,
  id: 'security.exposure.attacks-stop-early',
  title: 'Rejected requests get no further than they must',
  failureTitle: 'A rejected request gets further than it must',
  controls: ['genuineArrives', 'attacks'],
  why: 'The status says that an attack failed, and not how far it came. What passes the gateway or reaches the database costs every tenant time, and is one defect away from success (ASVS 8.3.1, 2.2.2).',
  standards: ['ASVS 2.2.2', 'ASVS 8.3.1', 'ASVS 13.2.1', 'API1', 'API4', 'API5', 'API8'],
  needs: [registrationWorks, ...routes.map(([service]) => readyCheckId(service))],
  requires: ['traces', 'registration'],
  services: ['gateway', rights, ...routes.map(([service]) => service)],
  timeoutMs: 60_000,
  remediation: {
    text: 'reach.md in the evidence has the services and the database spans of each attack. The gateway rejects unknown routes, missing tokens and scopes, ambiguous paths and large bodies; services validate before they query.',
    effort: 'days',
  },
  expects: {
    genuineArrives: equals(routes.map(() => true)),
    beyond: empty(),
    queried: empty(),
    notRejected: empty(),
    attacks: atLeast(16, 'attacks'),
  },
  breaks: reachBreaks,
  run: async (context) => {
    const [user, other] = [await context.account(), await context.account()];
    const at = { token: user.accessToken, from: user.address };
    const attacks = await attacksOf(context, { user, other });
    const beyond: string[] = [];
    const queried: string[] = [];
    const notRejected: string[] = [];
    const rows: string[] = [];
    const [genuineArrives] = await Promise.all([
      Promise.all(
        routes.map(async ([service, path]) => {
          const stops = [{ service: 'gateway' as const }, { service }];
          return (await context.traces.request('gateway', path, { ...at, stops, name: `control-${service}` }))
            .visited;
        }),
      ),
      ...attacks.map(async (attack, index) => {
        const { name, path, options, statuses, stopsAt = 'gateway', mayQuery = false } = attack;
        const traced = await context.traces.request('gateway', path, {
          ...at,
          ...options,
          // Nothing has this name: the spans of the whole time are what is measured.
          stops: [{ service: 'gateway', name: /^never$/ }],
          name: `attack-${index + 1}`,
        });
        const services = traced.services.filter((one) => one !== 'gateway');
        const statements = traced.spans.filter(
          ({ service, name: span }) => service === stopsAt && span.startsWith('postgresql '),
        );
        const tooFar = services.filter((one) => one !== stopsAt && one !== rights);
        if (tooFar.length > 0 || (stopsAt === 'gateway' && services.some((one) => one !== rights)))
          beyond.push(`${name}: ${tooFar.join(', ')}`);
        if (!mayQuery && stopsAt !== rights && statements.length > 0)
          queried.push(`${name}: ${statements.length} statements of ${stopsAt}`);
        if (!statuses.includes(traced.exchange.status))
          notRejected.push(`${name}: ${traced.exchange.status}`);
        rows.push(
          `| ${name} | ${traced.exchange.status} | ${traced.services.join(', ')} | ${statements.length} |`,
        );
      }),
    ]);
    const head = ['| attack | status | services | statements |', '| --- | --- | --- | --- |'];
    await context.keep('reach.md', [...head, ...rows.sort(), ''].join('\n'));
    return {
      genuineArrives: genuineArrives as boolean[],
      beyond: beyond.sort(),
      queried: queried.sort(),
      notRejected: notRejected.sort(),
      attacks: attacks.length,
    };
  },
});

type Person = Awaited<ReturnType<CheckContext['account']>>;

async function attacksOf(
  context: CheckContext,
  { user, other }: { user: Person; other: Person },
): Promise<Attack[]> {
  const [own, foreign] = [sendAs(context, user), sendAs(context, other)];
  const upload = await context.http.request('gateway', '/api/files/upload', {
    method: 'POST',
    token: other.accessToken,
    from: other.address,
    ...binaryForm('of-another.txt', Buffer.from('of another')),
  });
  const base = await prepare(foreign, 'POST', '/api/airtable/v0/meta/bases', {
    name: 'Of another',
    workspaceId: 'default',
    tables: [{ name: 'Tasks', fields: [{ name: 'Name', type: 'singleLineText' }] }],
  });
  const key = await prepare(own, 'POST', '/api/auth/tokens', {
    name: 'Reach',
    scopes: ['data.records:read'],
  });
  const json = { 'content-type': 'application/json' };
  const limited = context.newAddress();
  const signIn = {
    method: 'POST',
    from: limited,
    body: { email: 'nobody@readiness.example', password: 'no password of anybody' },
  };
  for (let attempt = 0; attempt < 6; attempt += 1)
    await context.http.request('gateway', '/api/auth/login', signIn);
  const workflow = (url: string) => ({
    name: 'Target',
    steps: [{ type: 'http_request', config: { url } }],
    triggers: [{ type: 'manual' }],
  });
  const anonymous = { headers: { authorization: 'Bearer none' } };
  return [
    { name: 'A: no valid token', path: '/api/users/me', options: anonymous, statuses: [401] },
    {
      name: 'C: a file of another tenant',
      path: `/api/files/${textAt(upload.json, 'id')}`,
      statuses: [404],
      stopsAt: 'file-service',
      mayQuery: true,
    },
    {
      name: 'C: a base of another tenant',
      path: `/api/airtable/v0/${textAt(base, 'id')}/Tasks`,
      statuses: [403, 404],
      stopsAt: 'airtable-gateway',
      mayQuery: true,
    },
    {
      name: 'C: an internal route',
      path: '/api/internal/erasures',
      options: { method: 'POST', body: {} },
      statuses: [404],
    },
    {
      name: 'C: an internal route with a guessed key',
      path: '/internal/exports',
      options: { method: 'POST', body: {}, headers: { 'x-internal-key': 'guess' } },
      statuses: [403, 404],
    },
    {
      name: 'C: a key without the scope',
      path: '/api/files',
      options: { token: textAt(key, 'token') },
      statuses: [403],
      // Each service compares the scope of the token that the gateway got for the key.
      stopsAt: 'file-service',
    },
    {
      name: 'C: a method that the route does not have',
      path: '/api/users/me',
      options: { method: 'DELETE' },
      statuses: [404, 405],
    },
    {
      name: 'D: a statement in the place of an id',
      path: `/api/files/${encodeURIComponent("' or '1'='1")}`,
      statuses: [400, 404, 422],
      stopsAt: 'file-service',
    },
    {
      name: 'D: a statement in the place of a number',
      path: `/api/files?page=${encodeURIComponent('1; select 1')}`,
      statuses: [422],
      stopsAt: 'file-service',
    },
    { name: 'E: a sign-in beyond the limit', path: '/api/auth/login', options: signIn, statuses: [429] },
    {
      name: 'E: a body that is too large',
      path: '/api/users/me',
      options: { method: 'PUT', headers: json, body: JSON.stringify({ bio: 'x'.repeat(2_000_000) }) },
      statuses: [413],
    },
    {
      name: 'E: a page of a thousand million',
      path: '/api/files?page_size=1000000000',
      statuses: [422],
      stopsAt: 'file-service',
    },
    {
      name: 'F: a target in the internal network',
      path: '/api/workflows',
      options: { method: 'POST', body: workflow('http://169.254.169.254/') },
      statuses: [422],
      stopsAt: 'automation-services',
      mayQuery: true,
    },
    {
      name: 'G: a path out of the folder',
      path: '/api/files/..%2f..%2fetc%2fpasswd/download',
      statuses: [400, 404],
    },
    {
      name: 'G: a page called text',
      path: '/api/files/upload',
      options: {
        method: 'POST',
        ...binaryForm('a.txt', Buffer.from('<!DOCTYPE html><script>alert(1)</script>')),
      },
      statuses: [415],
      stopsAt: 'file-service',
      mayQuery: true,
    },
    { name: 'H: an ambiguous path', path: '/api//users/me', statuses: [400, 404] },
    { name: 'H: an unknown route', path: '/api/users/me/secrets', statuses: [404] },
    {
      name: 'H: a page of another origin',
      path: '/api/users/me',
      options: {
        method: 'OPTIONS',
        headers: { origin: 'https://evil.example', 'access-control-request-method': 'PUT' },
      },
      statuses: [204, 400, 403, 404, 405],
    },
    {
      name: 'H: malformed JSON',
      path: '/api/users/me',
      options: { method: 'PUT', headers: json, body: '{"bio": ' },
      statuses: [400],
      stopsAt: 'user-service',
    },
  ];
}
