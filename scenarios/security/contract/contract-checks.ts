import { atLeast, type CheckContext, defineCheck, empty, equals } from '../../../harness/engine/index.ts';
import { serviceNames } from '../../../platform/contracts/service.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import {
  type ApprovedService,
  approved,
  approvedHash,
  approvedText,
  hashOf,
} from '../../kit/contract/approved-contract.ts';
import { compareContracts } from '../../kit/contract/compare-contracts.ts';
import { FieldTree } from '../../kit/contract/field-tree.ts';
import { readContract } from '../../kit/contract/read-contract.ts';
import { sendAs } from '../../kit/send-as.ts';
import { readyCheckId } from '../../services/operational-routes.ts';
import { furtherSecurity } from '../check-fields.ts';
import { answerBreaks, clientBreaks, serviceBreaks } from './contract-breaks.ts';

const contractCheck = {
  ...furtherSecurity,
  severity: 'blocker',
  standards: ['ASVS 8.2.1', 'ASVS 8.1.1', 'ASVS 15.3.1', 'API3', 'API5', 'API9'],
  remediation: {
    text: 'Each line names a service, a route and what is not approved. Undo the change of the contract, or run `npm run accept:contract`, read the difference of scenarios/kit/contract/approved-contract.json and have it reviewed.',
    effort: 'hours',
  },
} as const;

const differences = {
  routes: empty(),
  access: empty(),
  rights: empty(),
  requestFields: empty(),
  responseFields: empty(),
};

/** Approved routes of all services as clients reach them, by method and path at the gateway. */
const clientRoutes = Object.fromEntries(
  [...approved.values()].flatMap(({ routes }) =>
    Object.entries(routes).flatMap(([key, route]) =>
      route.at === undefined ? [] : [[`${key.split(' ')[0]} ${route.at}`, route] as const],
    ),
  ),
);

/** Metadata of a service names the address it is read from, so the gateway has its own; pages are no API. */
const isDescribed = ([key]: readonly [string, unknown]) => / \/(?:api|\.well-known)\//.test(key);

async function documentOf({ http }: CheckContext, ...[service, path]: Parameters<typeof http.request>) {
  const { json } = await http.request(service, path);
  return readContract(json);
}

export const clientContract = defineCheck({
  ...contractCheck,
  id: 'security.contract.clients-see-approved-routes',
  title: 'Clients see the approved routes, access and fields',
  failureTitle: 'A route, its access or its fields differ from the approved contract',
  why: 'A contract cannot show that it was changed by mistake. One word makes a route public, one line adds a password hash to a response (API3, API5).',
  needs: [readyCheckId('gateway')],
  services: ['gateway'],
  expects: {
    ...differences,
    described: atLeast(Object.entries(clientRoutes).filter(isDescribed).length, 'routes'),
  },
  breaks: clientBreaks,
  run: async (context) => {
    const { routes } = await documentOf(context, 'gateway', '/api/openapi.json');
    const only = (all: Record<string, (typeof routes)[string]>) =>
      Object.fromEntries(Object.entries(all).filter(isDescribed));
    // The gateway adds problems of its own to routes of others; their fields are compared at the services.
    const withoutProblems = (all: Record<string, (typeof routes)[string]>) =>
      Object.fromEntries(
        Object.entries(only(all)).map(([key, route]) => [
          key,
          {
            ...route,
            answers: Object.fromEntries(
              Object.entries(route.answers).filter(([status]) => Number(status) < 400),
            ),
          },
        ]),
      );
    const found = compareContracts('gateway', withoutProblems(clientRoutes), withoutProblems(routes));
    await context.keep('described.json', JSON.stringify(only(routes), null, 2));
    return {
      routes: found.routes,
      access: found.access,
      rights: found.rights,
      requestFields: found.takes,
      responseFields: found.answers,
      described: Object.keys(only(routes)).length,
    };
  },
});

export const serviceContracts = defineCheck({
  ...contractCheck,
  id: 'security.contract.services-serve-approved-routes',
  title: 'Every service serves the approved routes and fields',
  failureTitle: 'A service describes other routes, rights or fields than approved',
  why: 'The gateway hides internal routes, and services that trust it have no other guard. What each process serves must be what was approved (API9).',
  needs: serviceNames.map(readyCheckId),
  services: serviceNames,
  expects: { ...differences, problemFields: empty(), contract: equals(approvedHash) },
  breaks: serviceBreaks,
  run: async (context) => {
    const found = { routes: [], access: [], rights: [], takes: [], answers: [] } as ReturnType<
      typeof compareContracts
    >;
    const problemFields: string[] = [];
    const served: Record<string, ApprovedService> = {};
    await Promise.all(
      [...approved].map(async ([service, { routes, problems }]) => {
        const seen = await documentOf(context, service, '/openapi.json');
        const different = compareContracts(service, routes, seen.routes);
        for (const kind of Object.keys(found) as (keyof typeof found)[]) found[kind].push(...different[kind]);
        for (const field of seen.problems)
          if (!problems.includes(field)) problemFields.push(`${service}: ${field} is not approved`);
        served[service] = {
          problems: seen.problems,
          routes: Object.fromEntries(
            Object.entries(seen.routes).map(([key, route]) => {
              const at = routes[key]?.at;
              return [key, at === undefined ? route : { ...route, at }];
            }),
          ),
        };
      }),
    );
    const inOrder = Object.fromEntries(
      [...approved.keys()].flatMap((name) => (served[name] ? [[name, served[name]] as const] : [])),
    );
    const text = approvedText(inOrder);
    await context.keep('served-contract.json', text);
    return {
      routes: found.routes,
      access: found.access,
      rights: found.rights,
      requestFields: found.takes,
      responseFields: found.answers,
      problemFields,
      contract: hashOf(text),
    };
  },
});

/** Routes whose response is a list or an object of the caller, so that this check alone sees many fields. */
const readable = Object.entries(clientRoutes)
  .filter(([key, { access }]) => access === 'user' && /^GET \/api\/[^:]*$/.test(key))
  .map(([key]) => key.slice('GET '.length))
  .filter((path) => path !== '/api/mcp');

/** Results of JSON-RPC, which the tools describe and the contract does not. Secrets are searched there too. */
const undescribed = new Set(['mcp-server: POST /mcp 200']);

export const approvedAnswers = defineCheck({
  ...contractCheck,
  id: 'security.contract.answers-have-approved-fields',
  title: 'No response of the run has an unapproved field or secret',
  failureTitle: 'Responses contain fields that are not approved, or secrets',
  why: 'A document says what a service should return. Only its responses show what it does: a row spread into a response, a hash in an error (API3, ASVS 15.3.1).',
  needs: [registrationWorks],
  // Runs after the other checks, and reads what all of them got.
  isolation: 'exclusive',
  expects: {
    unapproved: empty(),
    secrets: empty(),
    unknownRoutes: empty(),
    routes: atLeast(readable.length, 'routes'),
  },
  breaks: answerBreaks,
  run: async (context) => {
    const account = await context.account();
    const send = sendAs(context, account);
    await context.http.request('gateway', '/api/auth/login', {
      method: 'POST',
      from: account.address,
      body: { email: account.email, password: account.password },
    });
    for (const path of readable) await send('GET', path);
    await send('GET', '/api/users/not-an-id');
    const unapproved: string[] = [];
    const secrets: string[] = [];
    const unknownRoutes: string[] = [];
    const answers = context.seenAnswers();
    for (const { service, route, status, fields, secrets: kinds } of answers) {
      const entry = approved.get(service);
      const contract = entry?.routes[route];
      const name = `${service}: ${route} ${status}`;
      for (const kind of kinds) secrets.push(`${name} contains ${kind}`);
      if (entry === undefined || contract === undefined) {
        unknownRoutes.push(name);
        continue;
      }
      if (undescribed.has(name)) continue;
      // Problems have the same fields everywhere; a gateway's may come from any of its services.
      const allowed = [
        ...(contract.answers[status] ?? []),
        ...(status >= 400 ? [...entry.problems, ...(approved.get('gateway')?.problems ?? [])] : []),
      ];
      const tree = FieldTree.of(allowed);
      for (const field of fields)
        if (!tree.allows(field)) unapproved.push(`${name}: ${field.join('.')} is not approved`);
    }
    return {
      unapproved,
      secrets,
      unknownRoutes,
      routes: new Set(answers.map(({ route, service }) => `${service} ${route}`)).size,
    };
  },
});
