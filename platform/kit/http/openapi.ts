import { z } from 'zod';
import { operationalRoutes } from '../../contracts/operational.ts';
import { Problem, type ProblemCode, problems } from '../../contracts/problem.ts';
import type { RouteSpec } from '../../contracts/route.ts';
import type { ServiceContract } from '../../contracts/service.ts';
import { platformVersion } from '../service/version.ts';

type JsonObject = Record<string, unknown>;

export interface OpenApiDocument extends JsonObject {
  openapi: string;
}

export interface DescribeOptions {
  /** Path to list a route under, undefined to leave it out; default the path at the service. */
  pathOf?(route: RouteSpec): string | undefined;
}

/** Named schemas of one document; inner definitions are hoisted so that every reference resolves. */
class Components {
  readonly schemas: Record<string, unknown> = {};

  /** Adds a schema under `name` and returns a reference to it. */
  add(name: string, schema: z.ZodType, io: 'input' | 'output'): JsonObject {
    const own = schema.meta()?.id;
    const key = typeof own === 'string' ? own : name;
    if (!(key in this.schemas)) this.schemas[key] = this.#convert(key, schema, io);
    return { $ref: `#/components/schemas/${key}` };
  }

  #convert(key: string, schema: z.ZodType, io: 'input' | 'output'): unknown {
    const { $schema: _dialect, $defs, ...converted } = this.raw(schema, io);
    const targetOf = new Map<string, string>([['#', `#/components/schemas/${key}`]]);
    for (const name of Object.keys($defs ?? {})) {
      const hoisted = name.startsWith('__') ? `${key}${name}` : name;
      targetOf.set(`#/$defs/${name}`, `#/components/schemas/${hoisted}`);
    }
    const redirect = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(redirect);
      if (value === null || typeof value !== 'object') return value;
      return Object.fromEntries(
        Object.entries(value).map(([name, inner]) => [
          name,
          name === '$ref' && typeof inner === 'string' ? (targetOf.get(inner) ?? inner) : redirect(inner),
        ]),
      );
    };
    for (const [name, definition] of Object.entries($defs ?? {})) {
      const hoisted = (targetOf.get(`#/$defs/${name}`) as string).slice('#/components/schemas/'.length);
      const { id: _id, ...rest } = definition as JsonObject;
      this.schemas[hoisted] ??= redirect(rest);
    }
    const { id: _id, ...body } = converted as JsonObject;
    return redirect(body);
  }

  raw(schema: z.ZodType, io: 'input' | 'output') {
    return z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as JsonObject & { $defs?: JsonObject };
  }
}

function parameters(
  components: Components,
  where: 'path' | 'query',
  schema: z.ZodObject | undefined,
): JsonObject[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = components.raw(schema, 'input') as {
    properties?: Record<string, JsonObject>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: where,
    required: where === 'path' || required.includes(name),
    ...(typeof property.description === 'string' ? { description: property.description } : {}),
    schema: property,
  }));
}

/** Problems a route can answer whatever its contract lists. */
function problemCodes(route: RouteSpec): ProblemCode[] {
  const codes = new Set<ProblemCode>(route.problems ?? []);
  if (route.access === 'user') codes.add('unauthenticated');
  if (route.access === 'service') codes.add('forbidden');
  if (route.params || route.query || route.body) codes.add('validation_failed');
  if (route.body || route.bodyType) {
    for (const code of ['malformed_request', 'payload_too_large', 'unsupported_media_type'] as const)
      codes.add(code);
  }
  codes.add('internal');
  return [...codes].sort((a, b) => problems[a].status - problems[b].status);
}

function problemAnswers(route: RouteSpec): Record<string, JsonObject> {
  const byStatus = Map.groupBy(problemCodes(route), (code) => problems[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      String(status),
      {
        description: codes.map((code) => `\`${code}\`: ${problems[code].message}`).join(' '),
        content: {
          'application/json': {
            schema: { $ref: '#/components/schemas/Problem' },
            examples: Object.fromEntries(
              codes.map((code) => [
                code,
                {
                  value: {
                    error: code,
                    message: problems[code].message,
                    timestamp: '2026-01-01T00:00:00.000Z',
                    request_id: '3f0c2a52-6f0e-4d0b-9b43-0c9f2d1f8d11',
                  },
                },
              ]),
            ),
          },
        },
      },
    ]),
  );
}

function securityOf(route: RouteSpec): JsonObject[] {
  if (route.access === 'user') return [{ accessToken: [] }];
  return route.access === 'service' ? [{ internalKey: [] }] : [];
}

function capitalised(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

function operation(components: Components, name: string, route: RouteSpec): JsonObject {
  const { success } = route;
  const type = success.contentType ?? 'application/json';
  const bodyType = route.bodyType ?? 'application/json';
  const bodySchema = route.body && components.add(`${capitalised(name)}Body`, route.body, 'input');
  return {
    operationId: name,
    summary: route.summary,
    ...(route.description === undefined ? {} : { description: route.description }),
    security: securityOf(route),
    parameters: [
      ...parameters(components, 'path', route.params),
      ...parameters(components, 'query', route.query),
    ],
    ...(route.body === undefined && route.bodyType === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: {
              [bodyType]: {
                schema: bodySchema ?? { type: bodyType.startsWith('multipart/') ? 'object' : 'string' },
                ...(route.bodyExample === undefined ? {} : { example: route.bodyExample }),
              },
            },
          },
        }),
    responses: {
      [String(success.status)]: {
        description: success.description,
        ...(success.schema === undefined && success.contentType === undefined
          ? {}
          : {
              content: {
                [type]: {
                  ...(success.schema === undefined
                    ? { schema: { type: 'string' } }
                    : { schema: components.add(`${capitalised(name)}Answer`, success.schema, 'output') }),
                  ...(success.example === undefined ? {} : { example: success.example }),
                },
              },
            }),
      },
      ...problemAnswers(route),
    },
  };
}

/** Describes a service in OpenAPI 3.1, whose schemas are JSON Schema 2020-12 as zod writes it. */
export function describeService(contract: ServiceContract, options: DescribeOptions = {}): OpenApiDocument {
  const components = new Components();
  components.add('Problem', Problem, 'output');
  const pathOf = options.pathOf ?? ((route: RouteSpec) => route.path);
  const paths: Record<string, Record<string, JsonObject>> = {};
  const routes: Record<string, RouteSpec> = { ...operationalRoutes, ...contract.routes };
  for (const [name, route] of Object.entries(routes)) {
    const path = pathOf(route)?.replaceAll(/:([A-Za-z_]+)/g, '{$1}');
    if (path === undefined) continue;
    paths[path] ??= {};
    paths[path][route.method.toLowerCase()] = operation(components, name, route);
  }
  return {
    openapi: '3.1.0',
    info: { title: `PyAirtable ${contract.name}`, description: contract.title, version: platformVersion },
    paths,
    components: {
      schemas: components.schemas,
      securitySchemes: {
        accessToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
        internalKey: { type: 'apiKey', in: 'header', name: 'x-internal-key' },
      },
    },
  };
}
