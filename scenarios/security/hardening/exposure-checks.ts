import { atLeast, defineCheck, type Exchange, empty, equals } from '../../../harness/engine/index.ts';
import { AirtableProblem } from '../../../platform/contracts/airtable-gateway/records.ts';
import { catalogue } from '../../../platform/contracts/catalogue.ts';
import { Problem } from '../../../platform/contracts/problem.ts';
import { type ServiceName, serviceNames } from '../../../platform/contracts/service.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { summary } from '../../kit/response.ts';
import { readyCheckId } from '../../services/operational-routes.ts';
import { furtherSecurity } from '../check-fields.ts';
import { errorBreaks, hiddenBreaks } from './exposure-breaks.ts';

/** Files and pages that installations expose by mistake. */
const hiddenPaths: readonly string[] = [
  '/.env',
  '/.env.production',
  '/.git/config',
  '/.git/HEAD',
  '/.npmrc',
  '/.aws/credentials',
  '/package.json',
  '/package-lock.json',
  '/Dockerfile',
  '/docker-compose.yml',
  '/main.ts',
  '/app.ts',
  '/main.js.map',
  '/assets/app.js.map',
  '/node_modules/fastify/package.json',
  '/reports/runs',
  '/docs',
  '/swagger',
  '/swagger.json',
  '/api-docs',
  '/graphql',
  '/graphiql',
  '/debug',
  '/debug/pprof/',
  '/actuator',
  '/actuator/env',
  '/server-status',
  '/phpinfo.php',
  '/admin.php',
  '/console',
  '/status',
  '/faults',
  '/__faults',
  '/test',
  '/testing',
  '/internal',
  '/internal/erasures',
  '/internal/exports',
  '/health/../internal/exports',
  '/api/v0/users/me',
  '/api/v2/users/me',
  '/v1/users/me',
  '/backup.sql',
  '/dump.rdb',
];

/** What is tried at services behind the gateway too: files beside the program, and what tools of other kinds open. */
const behindGateway = new Set([
  '/.env',
  '/.git/config',
  '/package.json',
  '/main.js.map',
  '/docs',
  '/debug',
  '/actuator/env',
  '/__faults',
  '/internal',
  '/internal/exports',
]);
const edges: ReadonlySet<ServiceName> = new Set(['gateway', 'frontend']);

export const nothingHidden = defineCheck({
  ...furtherSecurity,
  id: 'security.exposure.no-hidden-files-or-pages',
  title: 'No service serves files, tools or old versions',
  failureTitle: 'A service serves something that nobody declared',
  why: 'Scanners try these paths on every new address within minutes. One of them that answers is a leak or a way in (API9, ASVS 13.4.1).',
  standards: ['ASVS 13.4.1', 'ASVS 13.4.5', 'ASVS 13.4.7', 'ASVS 15.2.3', 'API9'],
  needs: serviceNames.map(readyCheckId),
  services: serviceNames,
  remediation: {
    text: 'Serve declared routes only, copy nothing but the program into the image, and remove old versions instead of hiding them.',
    effort: 'hours',
  },
  expects: { served: empty(), tried: atLeast(hiddenPaths.length, 'paths'), control: equals(200) },
  breaks: hiddenBreaks,
  run: async (context) => {
    const services = serviceNames.filter((service) => context.reaches(service));
    const served: string[] = [];
    let tried = 0;
    for (const path of hiddenPaths) {
      const responses = await Promise.all(
        services
          .filter((service) => edges.has(service) || behindGateway.has(path))
          .map(async (service) => [service, await context.http.request(service, path)] as const),
      );
      for (const [service, response] of responses) {
        tried += 1;
        // Internal routes exist; without the internal key they are forbidden.
        const isClosed = [400, 401, 403, 404, 405, 410].includes(response.status);
        if (!isClosed) served.push(`${service} ${path}: ${summary(response)}`);
      }
    }
    const control = await context.http.request('gateway', '/api/health');
    return { served, tried, control: control.status };
  },
});

const internals =
  /\bat \S+ \(|node_modules|\/platform\/|\.ts:\d+|select .* from |pg_catalog|SQLSTATE|ECONNREFUSED|"stack"|process\.env/i;

/** A route of each service that takes JSON from users. */
const jsonRoutes = catalogue.flatMap(({ name, routes }) => {
  const route = Object.values(routes).find(
    ({ method, access, body, bodyType }) =>
      method !== 'GET' && access === 'user' && body !== undefined && bodyType === undefined,
  );
  return route === undefined
    ? []
    : [{ service: name, method: route.method, path: route.path.replaceAll(/:(\w+)/g, '1') }];
});

export const errorsRevealNothing = defineCheck({
  ...furtherSecurity,
  id: 'security.exposure.errors-reveal-nothing',
  title: 'Errors of every service reveal nothing of its inside',
  failureTitle: 'An error reveals source, statements or addresses',
  why: 'Stacks, statements and addresses in errors are the map that attackers need. Each service has its own parser, router and handler of errors (ASVS 16.5.1).',
  standards: ['ASVS 16.5.1', 'ASVS 16.5.3', 'ASVS 13.4.2', 'API8'],
  needs: [registrationWorks, ...serviceNames.map(readyCheckId)],
  services: serviceNames,
  remediation: {
    text: 'Turn every exception into the error envelope without its message, with the id of the request; the log has the cause.',
    effort: 'hours',
  },
  expects: {
    serverErrors: empty(),
    leaks: empty(),
    withoutEnvelope: empty(),
    responses: atLeast(60, 'errors'),
  },
  breaks: errorBreaks,
  run: async (context) => {
    const { http } = context;
    const account = await context.account();
    const at = { token: account.accessToken, from: account.address };
    const seen: { service: ServiceName; name: string; response: Exchange }[] = [];
    const send = async (
      service: ServiceName,
      name: string,
      path: string,
      more: Parameters<typeof http.request>[2] = {},
    ) => {
      seen.push({ service, name, response: await http.request(service, path, { ...at, ...more }) });
    };
    const json = { 'content-type': 'application/json' };
    for (const service of serviceNames.filter((name) => context.reaches(name))) {
      await send(service, 'an unknown path', '/no/such/path');
      await send(service, 'an invalid encoding', '/%E0%A4%A');
      await send(service, 'a path of 5,000 characters', `/${'x'.repeat(5_000)}`);
      await send(service, 'a wrong method', '/health', { method: 'DELETE' });
      await send(service, 'a wrong token', '/nothing', { headers: { authorization: 'Bearer a.b.c' } });
    }
    for (const { service, method, path } of jsonRoutes.filter(({ service }) => context.reaches(service))) {
      const options = (body: string, headers: Record<string, string> = json) => ({ method, body, headers });
      await send(service, 'malformed JSON', path, options('{"a": '));
      await send(service, 'another type', path, options('<a/>', { 'content-type': 'application/xml' }));
      await send(service, 'a number', path, options('1'));
      await send(service, 'a zero character', path, options('{"name":"\\u0000","\\u0000":1}'));
    }
    const isEnvelope = ({ text, json: body, headers }: Exchange) =>
      Problem.safeParse(body).success ||
      AirtableProblem.safeParse(body).success ||
      (/text\/html/.test(headers['content-type'] ?? '') && text.length > 0) ||
      // MCP has errors of JSON-RPC.
      /"jsonrpc"/.test(text);
    const errors = seen.filter(({ response }) => response.status >= 400);
    const describe = ({ service, name, response }: (typeof seen)[number]) =>
      `${service}, ${name}: ${summary(response)}`;
    return {
      serverErrors: errors.filter(({ response }) => response.status >= 500).map(describe),
      leaks: errors.filter(({ response }) => internals.test(response.text)).map(describe),
      withoutEnvelope: errors
        .filter(({ response }) => !isEnvelope(response) || response.headers['x-request-id'] === undefined)
        .map(describe),
      responses: errors.length,
    };
  },
});
