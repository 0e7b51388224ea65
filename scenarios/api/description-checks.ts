import { defineCheck, empty, equals, matches } from '../../harness/engine/index.ts';
import { catalogue } from '../../platform/contracts/catalogue.ts';
import { gatewayPath } from '../../platform/contracts/service.ts';
import { servedBy, summary } from '../kit/response.ts';
import { textAt, valueAt } from '../kit/shape.ts';
import { readyCheckId } from '../services/define-operational-checks.ts';
import { apiCheck } from './check-fields.ts';

/** Every route that somebody other than a service may call, with its place at the gateway. Pages are no API. */
const offered = catalogue
  .filter(({ name }) => name !== 'frontend')
  .flatMap((contract) =>
    Object.entries(contract.routes)
      .filter(([, route]) => route.access !== 'service')
      .map(([name, route]) => ({
        id: `${contract.name}.${name}`,
        route,
        path: gatewayPath(contract, route),
      })),
  );

/** Places as a description writes them, e.g. `get /api/users/{id}`. */
const placeOf = (method: string, path: string): string =>
  `${method.toLowerCase()} ${path.replaceAll(/:(\w+)/g, '{$1}')}`;

export const platformDescription = defineCheck({
  ...apiCheck,
  id: 'api.gateway.describes-every-route',
  title: 'The gateway offers every route of every contract and describes exactly those',
  why: 'Teams make their clients from this one document: what is missing there cannot be used, and what should not be there tells attackers where to knock.',
  severity: 'medium',
  conditions: ['gateway-routing'],
  needs: [readyCheckId('gateway')],
  services: ['gateway'],
  remediation: {
    text: 'Add a mount for the path to the service’s contract; route table and description of the gateway are both made from the mounts.',
    effort: 'hours',
  },
  expects: {
    status: equals(200),
    servedBy: equals('gateway'),
    version: matches(/^3\.1\./),
    notOffered: empty(),
    missing: empty(),
    undeclared: empty(),
    ambiguousNames: empty(),
    brokenReferences: empty(),
    routes: equals(offered.length),
    sameAsVersioned: equals(true),
  },
  run: async ({ http }) => {
    const answer = await http.request('gateway', '/api/openapi.json');
    const versioned = await http.request('gateway', '/api/v1/openapi.json');
    const described = operationsOf(answer.json);
    const missing = offered.flatMap(({ id, route, path }) => {
      const operation = path && described.get(placeOf(route.method, path));
      if (!operation) return [`${id}: ${route.method} ${path ?? 'nowhere'}`];
      const answered = valueAt(operation, 'responses', String(route.success.status));
      return answered === undefined ? [`${id}: says nothing about ${route.success.status}`] : [];
    });
    const known = new Set(offered.map(({ route, path }) => placeOf(route.method, path ?? '')));
    // What every process answers for operators, the gateway's included.
    const operational = /^get \/(?:health|ready|metrics|openapi\.json)$/;
    const names = [...described.values()].map((operation) => textAt(operation, 'operationId'));
    return {
      status: answer.status,
      servedBy: servedBy(answer),
      version: textAt(answer.json, 'openapi') || summary(answer),
      notOffered: offered.filter(({ path }) => path === undefined).map(({ id }) => id),
      missing,
      undeclared: [...described.keys()].filter((place) => !known.has(place) && !operational.test(place)),
      ambiguousNames: names.filter((name, index) => name === '' || names.indexOf(name) !== index),
      brokenReferences: brokenReferences(answer.json),
      routes: [...described.keys()].filter((place) => known.has(place)).length,
      sameAsVersioned: answer.text !== '' && versioned.text === answer.text,
    };
  },
});

function operationsOf(document: unknown): Map<string, unknown> {
  const paths = Object.entries((valueAt(document, 'paths') as Record<string, object> | undefined) ?? {});
  return new Map(
    paths.flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => [placeOf(method, path), operation] as const),
    ),
  );
}

/** References of a document that lead to nothing in it. */
function brokenReferences(document: unknown): string[] {
  const references = new Set(JSON.stringify(document ?? null).match(/#\/[^"\\]+(?=")/g));
  return [...references].filter((reference) => {
    const steps = reference
      .slice(2)
      .split('/')
      .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
    return valueAt(document, ...steps) === undefined;
  });
}
