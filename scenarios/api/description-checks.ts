import { defineCheck, empty, equals, matches } from '../../harness/engine/index.ts';
import { catalogue } from '../../platform/contracts/catalogue.ts';
import { resourceMetadataPath } from '../../platform/contracts/protected-resource.ts';
import { gatewayPath } from '../../platform/contracts/service.ts';
import { servedBy, summary } from '../kit/response.ts';
import { textAt, valueAt } from '../kit/shape.ts';
import { readyCheckId } from '../services/operational-routes.ts';
import { apiCheck } from './check-fields.ts';
import { platformDescriptionBreaks } from './description-breaks.ts';

/**
 * Every route for clients, with its path at the gateway. The frontend's pages are no API. Metadata of a service names
 * the address it is read from, so the gateway has its own.
 */
const clientRoutes = catalogue
  .filter(({ name }) => name !== 'frontend')
  .flatMap((contract) =>
    Object.entries(contract.routes)
      .filter(([, route]) => route.access !== 'service')
      .filter(([, route]) => contract.name === 'gateway' || !route.path.startsWith(resourceMetadataPath))
      .map(([name, route]) => ({
        id: `${contract.name}.${name}`,
        route,
        path: gatewayPath(contract, route),
      })),
  );

/** An operation's key, e.g. `get /api/users/{id}`. */
const operationKey = (method: string, path: string): string =>
  `${method.toLowerCase()} ${path.replaceAll(/:(\w+)/g, '{$1}')}`;

export const platformDescription = defineCheck({
  ...apiCheck,
  id: 'api.gateway.describes-every-route',
  title: 'The gateway’s OpenAPI document lists exactly its routes',
  why: 'Teams generate clients from this document. They cannot use a missing route, and an extra one shows attackers a target.',
  severity: 'high',
  conditions: ['gateway-routing'],
  needs: [readyCheckId('gateway')],
  services: ['gateway'],
  remediation: {
    text: 'Add a mount for the path to the service’s contract. The gateway builds its route table and its description from the mounts.',
    effort: 'hours',
  },
  expects: {
    status: equals(200),
    servedBy: equals('gateway'),
    version: matches(/^3\.1\./),
    withoutPath: empty(),
    missing: empty(),
    undeclared: empty(),
    ambiguousNames: empty(),
    brokenReferences: empty(),
    routes: equals(clientRoutes.length),
    sameAsVersioned: equals(true),
  },
  breaks: platformDescriptionBreaks,
  run: async ({ http }) => {
    const response = await http.request('gateway', '/api/openapi.json');
    const versioned = await http.request('gateway', '/api/v1/openapi.json');
    const described = operationsOf(response.json);
    const missing = clientRoutes.flatMap(({ id, route, path }) => {
      const operation = path && described.get(operationKey(route.method, path));
      if (!operation) return [`${id}: ${route.method} ${path ?? 'without a path'}`];
      const success = valueAt(operation, 'responses', String(route.success.status));
      return success === undefined ? [`${id}: response ${route.success.status} is missing`] : [];
    });
    const known = new Set(clientRoutes.map(({ route, path }) => operationKey(route.method, path ?? '')));
    // The gateway's own operational routes.
    const operational = /^get \/(?:health|ready|metrics|openapi\.json)$/;
    const names = [...described.values()].map((operation) => textAt(operation, 'operationId'));
    return {
      status: response.status,
      servedBy: servedBy(response),
      version: textAt(response.json, 'openapi') || summary(response),
      withoutPath: clientRoutes.filter(({ path }) => path === undefined).map(({ id }) => id),
      missing,
      undeclared: [...described.keys()].filter((key) => !known.has(key) && !operational.test(key)),
      ambiguousNames: names.filter((name, index) => name === '' || names.indexOf(name) !== index),
      brokenReferences: brokenReferences(response.json),
      routes: [...described.keys()].filter((key) => known.has(key)).length,
      sameAsVersioned: response.text !== '' && versioned.text === response.text,
    };
  },
});

function operationsOf(document: unknown): Map<string, unknown> {
  const paths = Object.entries((valueAt(document, 'paths') as Record<string, object> | undefined) ?? {});
  return new Map(
    paths.flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => [operationKey(method, path), operation] as const),
    ),
  );
}

/** References of a document whose target does not exist in it. */
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
