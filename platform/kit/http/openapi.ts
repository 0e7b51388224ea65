import type { z } from 'zod';
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from 'zod-openapi';
import { operationalRoutes } from '../../contracts/operational.ts';
import { Problem, type ProblemCode, problems } from '../../contracts/problem.ts';
import type { RouteSpec } from '../../contracts/route.ts';
import type { ServiceContract } from '../../contracts/service.ts';
import { platformVersion } from '../service/version.ts';

export interface OpenApiDocument extends Record<string, unknown> {
  openapi: string;
}

/** Problems that a route can respond with, including those its contract does not list. */
function problemCodes(route: RouteSpec): ProblemCode[] {
  const codes: ProblemCode[] = [...(route.problems ?? []), 'internal'];
  if (route.access === 'user') codes.push('unauthenticated');
  if (route.access === 'service') codes.push('forbidden');
  if (route.params || route.query || route.body) codes.push('validation_failed');
  if (route.body || route.bodyType)
    codes.push('malformed_request', 'payload_too_large', 'unsupported_media_type');
  return [...new Set(codes)].sort((a, b) => problems[a].status - problems[b].status);
}

function problemExample(error: ProblemCode) {
  return {
    value: {
      error,
      message: problems[error].message,
      timestamp: '2026-01-01T00:00:00.000Z',
      request_id: '3f0c2a52-6f0e-4d0b-9b43-0c9f2d1f8d11',
    },
  };
}

function problemResponses(route: RouteSpec) {
  const byStatus = Map.groupBy(problemCodes(route), (code) => `${problems[code].status}` as const);
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      status,
      {
        description: codes.map((code) => `\`${code}\`: ${problems[code].message}`).join(' '),
        content: {
          'application/json': {
            schema: Problem,
            examples: Object.fromEntries(codes.map((code) => [code, problemExample(code)])),
          },
        },
      },
    ]),
  );
}

const securityOf = { public: [], user: [{ accessToken: [] }], service: [{ internalKey: [] }] };

function operation(name: string, route: RouteSpec): ZodOpenApiOperationObject {
  const { success, bodyType = 'application/json' } = route;
  return {
    operationId: name,
    summary: route.summary,
    ...(route.description !== undefined && { description: route.description }),
    security: securityOf[route.access],
    requestParams: {
      ...(route.params && { path: route.params }),
      ...(route.query && { query: route.query }),
    },
    ...((route.body || route.bodyType) && {
      requestBody: {
        required: true,
        content: {
          [bodyType]: {
            schema: route.body ?? { type: bodyType.startsWith('multipart/') ? 'object' : 'string' },
            ...(route.bodyExample !== undefined && { example: route.bodyExample }),
          },
        },
      },
    }),
    responses: {
      [`${success.status}` as '200']: {
        description: success.description,
        ...((success.schema || success.contentType) && {
          content: {
            [success.contentType ?? 'application/json']: {
              schema: success.schema ?? { type: 'string' },
              ...(success.example !== undefined && { example: success.example }),
            },
          },
        }),
      },
      ...problemResponses(route),
    },
  };
}

/**
 * Describes a service in OpenAPI 3.1 with JSON Schema 2020-12. A schema used by several routes is one component, named
 * after the first route.
 */
export function describeService(contract: ServiceContract): OpenApiDocument {
  const paths: ZodOpenApiPathsObject = {};
  const names = new Map<z.ZodType, string>([[Problem, 'Problem']]);
  const routes: Record<string, RouteSpec> = { ...operationalRoutes, ...contract.routes };
  for (const [name, route] of Object.entries(routes)) {
    const path = route.path.replaceAll(/:([A-Za-z_]+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(name, route) };
    const capitalised = name.charAt(0).toUpperCase() + name.slice(1);
    if (route.body && !names.has(route.body)) names.set(route.body, `${capitalised}Body`);
    const { schema } = route.success;
    if (schema && !names.has(schema)) names.set(schema, `${capitalised}Response`);
  }
  const document = createDocument(
    {
      openapi: '3.1.0',
      info: { title: `PyAirtable ${contract.name}`, description: contract.title, version: platformVersion },
      paths,
      components: {
        schemas: Object.fromEntries([...names].map(([schema, name]) => [name, schema])),
        securitySchemes: {
          accessToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
          internalKey: { type: 'apiKey', in: 'header', name: 'x-internal-key' },
        },
      },
    },
    { allowEmptySchema: { custom: true } },
  );
  return { ...document };
}
