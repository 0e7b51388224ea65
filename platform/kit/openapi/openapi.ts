import { z } from 'zod';
import {
  createDocument,
  type ZodOpenApiOperationObject,
  type ZodOpenApiPathsObject,
  type ZodOpenApiResponseObject,
  type ZodOpenApiSchemaObject,
} from 'zod-openapi';
import { AirtableProblem } from '../../contracts/airtable-gateway/records.ts';
import { IdempotencyKey, takesKey } from '../../contracts/idempotency.ts';
import { operationalRoutes } from '../../contracts/operational.ts';
import { Problem } from '../../contracts/problem.ts';
import { describeNeeds } from '../../contracts/rights.ts';
import type { ResponseSpec, RouteSpec } from '../../contracts/route.ts';
import type { ServiceContract } from '../../contracts/service.ts';
import { platformVersion } from '../service/version.ts';
import { tidySchemas } from './openapi-components.ts';
import { describeConstants } from './openapi-constants.ts';
import { describeBodyDefaults } from './openapi-defaults.ts';
import { problemResponses, type SharedResponses } from './openapi-problems.ts';
import { queryParameters } from './openapi-query.ts';
import { shareRepeats } from './openapi-repeats.ts';

export interface OpenApiDocument extends Record<string, unknown> {
  openapi: string;
}

interface DescribeOptions {
  /** Names of the routes that a gateway forwards to another service, with the problems of a gateway. */
  proxied?: ReadonlySet<string>;
}

const securityOf = { public: [], user: [{ accessToken: [] }], service: [{ internalKey: [] }] };

function response({ description, schema, contentType, example }: ResponseSpec): ZodOpenApiResponseObject {
  if (schema === undefined && contentType === undefined) return { description };
  return {
    description,
    content: {
      [contentType ?? 'application/json']: {
        schema: schema ?? { type: 'string', ...(!contentType?.startsWith('text/') && { format: 'binary' }) },
        ...(example !== undefined && { example }),
      },
    },
  };
}

/** A form without a schema has any text fields; any other body type without one is bytes. */
function bodyWithoutSchema(bodyType: string): ZodOpenApiSchemaObject {
  if (bodyType === 'multipart/form-data') {
    const properties = { file: { type: 'string', format: 'binary' } } as const;
    return { type: 'object', properties, required: ['file'] };
  }
  if (bodyType === 'application/x-www-form-urlencoded')
    return { type: 'object', additionalProperties: { type: 'string' } };
  return { type: 'string', format: 'binary' };
}

function requestBody({ body, bodyType, bodyExample }: RouteSpec): ZodOpenApiOperationObject['requestBody'] {
  if (body === undefined && bodyType === undefined) return undefined;
  const type = bodyType ?? 'application/json';
  return {
    required: body === undefined || !body.safeParse(undefined).success,
    content: {
      [type]: {
        schema: body ?? bodyWithoutSchema(type),
        ...(bodyExample !== undefined && { example: bodyExample }),
      },
    },
  };
}

const keyHeader = z.object({
  'Idempotency-Key': IdempotencyKey.optional().meta({
    description:
      'Makes a repetition safe: the same key and request get the stored response, with `Idempotent-Replayed: true`',
    example: '8e03978e-40d5-43dd-bc93-6894a57f9324',
    param: { id: 'IdempotencyKey' },
  }),
});
const explainedNeeds = `\`x-needs\` of an operation says what the caller needs: the role in the tenant, or the right
in the workspace of the object that \`id\` names (read: viewer, comment: commenter, edit: editor, create and manage: admin,
own: owner). An object whose workspace the caller may not read does not exist for the caller; a lower role than needed gets
403.`;
/**
 * The description of a route and the rights that it needs. Rights in a workspace are in `x-needs` alone, which the
 * document explains once.
 */
function descriptionOf({ description, needs }: RouteSpec): string | undefined {
  const isExplained =
    typeof needs === 'object' && 'right' in needs && !('orTenant' in needs || 'orSelf' in needs);
  const rights = needs && !isExplained ? describeNeeds(needs) : undefined;
  return description === undefined || rights === undefined
    ? (description ?? rights)
    : `${description}\n\n${rights}`;
}

function operation(
  name: string,
  route: RouteSpec,
  { proxied = new Set() }: DescribeOptions,
  shared: SharedResponses,
): ZodOpenApiOperationObject {
  const { params, success, scope, needs } = route;
  const description = descriptionOf(route);
  const query = queryParameters(route);
  const body = requestBody(route);
  const others = Object.entries(route.otherResponses ?? {});
  return {
    operationId: name,
    summary: route.summary,
    ...(description !== undefined && { description }),
    security: securityOf[route.access],
    ...(scope !== undefined && { 'x-personal-token-scope': scope }),
    ...(needs !== undefined && { 'x-needs': needs }),
    requestParams: {
      ...(params && { path: params }),
      ...(query && { query }),
      ...(takesKey(route) && { header: keyHeader }),
      ...(route.headers && { header: route.headers }),
    },
    ...(body && { requestBody: body }),
    responses: {
      ...problemResponses(route, { proxied: proxied.has(name) }, shared),
      ...Object.fromEntries(others.map(([status, other]) => [status, response(other)])),
      [`${success.status}` as '200']: response(success),
    },
  };
}

/**
 * Describes a service in OpenAPI 3.1 with JSON Schema 2020-12. A schema used by several routes is one component, named
 * after the first route. An error response is a component too.
 */
export function describeService(contract: ServiceContract, options: DescribeOptions = {}): OpenApiDocument {
  const paths: ZodOpenApiPathsObject = {};
  const shared: SharedResponses = new Map();
  const names = new Map<z.ZodType, string>([[Problem, 'Problem']]);
  const routes: Record<string, RouteSpec> = { ...operationalRoutes, ...contract.routes };
  for (const [name, route] of Object.entries(routes)) {
    const path = route.path.replaceAll(/:([A-Za-z_]+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(name, route, options, shared) };
    const capitalised = name.charAt(0).toUpperCase() + name.slice(1);
    if (route.problemFormat === 'airtable') names.set(AirtableProblem, 'AirtableProblem');
    if (route.body && !names.has(route.body)) names.set(route.body, `${capitalised}Body`);
    const { schema } = route.success;
    if (schema && !names.has(schema)) names.set(schema, `${capitalised}Response`);
  }
  const document = createDocument(
    {
      openapi: '3.1.0',
      info: {
        title: `PyAirtable ${contract.name}`,
        description: `${contract.title}\n\n${explainedNeeds}`,
        version: platformVersion,
      },
      servers: [
        { url: '/', description: 'The server of this document' },
        { url: `http://localhost:${contract.port}`, description: 'The default address' },
      ],
      paths,
      components: {
        schemas: Object.fromEntries([...names].map(([schema, name]) => [name, schema])),
        securitySchemes: {
          accessToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT or personal access token' },
          internalKey: { type: 'apiKey', in: 'header', name: 'x-internal-key' },
        },
      },
    },
    {
      allowEmptySchema: { custom: true },
      // Generators drop or reject recursive schemas. The only one is that of any JSON value.
      override({ zodSchema, jsonSchema }) {
        // Every key in JSON is a text.
        if (JSON.stringify(jsonSchema.propertyNames) === '{"type":"string"}') delete jsonSchema.propertyNames;
        if (!(zodSchema instanceof z.ZodLazy)) return;
        for (const key of Object.keys(jsonSchema)) delete (jsonSchema as Record<string, unknown>)[key];
        jsonSchema.description = 'Any JSON value';
      },
    },
  );
  return shareRepeats(describeConstants(describeBodyDefaults(tidySchemas({ ...document }))));
}
