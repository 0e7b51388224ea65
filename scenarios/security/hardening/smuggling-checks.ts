import { atLeast, defineCheck, empty, equals } from '../../../harness/engine/index.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { sendAs } from '../../kit/send-as.ts';
import { textAt } from '../../kit/shape.ts';
import { readyCheckId } from '../../services/operational-routes.ts';
import { furtherSecurity } from '../check-fields.ts';
import { ambiguousPaths, ambiguousRequests } from './ambiguous-requests.ts';
import { rawExchange } from './raw-exchange.ts';
import { smugglingBreaks } from './smuggling-breaks.ts';

/** Headers by which a client could pretend to be somebody, or to come from somewhere. */
const trusted = (other: { userId: string; tenantId: string }): readonly string[] => [
  `x-user-id: ${other.userId}`,
  `x-tenant-id: ${other.tenantId}`,
  'x-user-role: admin',
  'x-internal-key: guess',
  'x-internal-user: admin',
  'x-forwarded-for: 127.0.0.1',
  'x-forwarded-host: evil.example',
  'x-original-url: /internal/erasures',
  'x-rewrite-url: /internal/erasures',
  'x-http-method-override: DELETE',
];

export const noSmuggling = defineCheck({
  ...furtherSecurity,
  id: 'security.gateway.reads-requests-in-one-way',
  title: 'The gateway reads every request in one way only',
  failureTitle: 'The gateway serves a request that can be read in two ways',
  why: 'Two servers that disagree where a request ends serve one that nobody authorised. The gateway must reject such a request, or give the same authorisation as the plain one (ASVS 4.2.1).',
  severity: 'blocker',
  standards: ['ASVS 4.1.3', 'ASVS 4.2.1', 'ASVS 15.3.4', 'API8'],
  needs: [registrationWorks, readyCheckId('user-service')],
  services: ['gateway', 'platform-services', 'user-service'],
  timeoutMs: 60_000,
  users: 2,
  remediation: {
    text: 'Keep the strict HTTP parser (no insecureHTTPParser), reject ambiguous paths before routing, and set identity headers after all of the client’s are dropped.',
    effort: 'days',
  },
  expects: {
    served: empty(),
    hiddenServed: empty(),
    wronglyRouted: empty(),
    pretended: equals('own'),
    pretendedByConnection: equals('own'),
    anonymous: equals(401),
    control: equals(200),
    controlAfter: equals(200),
    requests: atLeast(30, 'requests'),
  },
  breaks: smugglingBreaks,
  run: async (context) => {
    const { stack, signal } = context;
    const [own, other] = await Promise.all([context.account(), context.account()]);
    const gateway = stack.services.gateway;
    const send = sendAs(context, own);
    const control = await send('GET', '/api/users/me');
    const cases = ambiguousRequests(own.accessToken);
    const answers = await Promise.all(
      cases.map(async ({ name, bytes }) => ({ name, ...(await rawExchange(gateway, bytes, { signal })) })),
    );
    const served = answers.filter(({ statuses }) => (statuses[0] ?? 400) < 400);
    const hiddenServed = answers.filter(({ statuses }) => statuses.length > 1);
    const wronglyRouted: string[] = [];
    const raw = async (line: string, headers: readonly string[]) =>
      rawExchange(
        gateway,
        `${[line, 'host: gateway', 'connection: close', ...headers].join('\r\n')}\r\n\r\n`,
        { signal },
      );
    const bearer = `authorization: Bearer ${own.accessToken}`;
    await Promise.all(
      ambiguousPaths.map(async (path) => {
        // Without a token, no form of the path may be served; with one, it may be at most the caller's own profile.
        const anonymous = (await raw(`GET ${path} HTTP/1.1`, [])).statuses[0] ?? 400;
        const known = await raw(`GET ${path} HTTP/1.1`, [bearer]);
        const status = known.statuses[0] ?? 400;
        const isOwn = status === 200 && known.text.includes(own.userId);
        if (anonymous < 400 || (status < 400 && !isOwn) || status >= 500)
          wronglyRouted.push(`${path}: ${anonymous} without and ${status} with a token`);
      }),
    );
    const headers = trusted(other);
    const names = headers.map((header) => header.split(':')[0]).join(', ');
    const whose = (text: string) =>
      text.includes(own.userId) && !text.includes(other.userId) ? 'own' : text.slice(0, 200);
    const pretended = await raw('GET /api/users/me HTTP/1.1', [bearer, ...headers]);
    const stripped = await rawExchange(
      gateway,
      `${['GET /api/users/me HTTP/1.1', 'host: gateway', `connection: close, ${names}, authorization`, bearer, ...headers].join('\r\n')}\r\n\r\n`,
      { signal },
    );
    const anonymous = await raw('GET /api/users/me HTTP/1.1', headers);
    const after = await send('GET', '/api/users/me');
    await context.keep(
      'answers.json',
      answers.map(({ name, statuses, closed }) => ({ name, statuses, closed })),
    );
    return {
      served: served.map(({ name, statuses }) => `${name}: ${statuses.join(', ')}`),
      hiddenServed: hiddenServed.map(({ name, statuses }) => `${name}: ${statuses.join(', ')}`),
      wronglyRouted,
      pretended: whose(pretended.text),
      // A request that names the token's header as one of the connection may also be rejected.
      pretendedByConnection: stripped.statuses[0] === 401 ? 'own' : whose(stripped.text),
      anonymous: anonymous.statuses[0] ?? 0,
      control: textAt(control.json, 'id') === own.userId ? control.status : 0,
      controlAfter: textAt(after.json, 'id') === own.userId ? after.status : 0,
      requests: cases.length + 2 * ambiguousPaths.length + 3,
    };
  },
});
