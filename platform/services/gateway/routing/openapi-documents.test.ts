import { Validator } from '@seriousme/openapi-schema-validator';
import Ajv, { type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { catalogue } from '../../../contracts/catalogue.ts';
import { takesKey } from '../../../contracts/idempotency.ts';
import type { RouteSpec } from '../../../contracts/route.ts';
import { describeService, type OpenApiDocument } from '../../../kit/openapi/openapi.ts';
import { describePlatform } from './describe-platform.ts';

interface Media {
  schema: Record<string, unknown>;
  example?: unknown;
  examples?: Record<string, { value: unknown }>;
}
interface Parameter {
  name: string;
  in: string;
  required?: boolean;
  schema: Record<string, unknown>;
}
interface Operation {
  operationId: string;
  parameters?: (Parameter | { $ref: string })[];
  requestBody?: { required?: boolean; content: Record<string, Media> };
  responses: Record<string, Reference>;
}
interface Reference {
  $ref?: string;
  content?: Record<string, Media>;
}

const documents: [string, OpenApiDocument][] = [
  ...catalogue.map((contract): [string, OpenApiDocument] => [contract.name, describeService(contract)]),
  ['all routes of the gateway', describePlatform()],
];
const platform = describePlatform();

function operationsOf(document: OpenApiDocument): { method: string; path: string; operation: Operation }[] {
  return Object.entries(document.paths as Record<string, Record<string, Operation>>).flatMap(
    ([path, methods]) => Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
  );
}

function operationNamed(name: string): Operation {
  const found = operationsOf(platform).find(({ operation }) => operation.operationId === name);
  if (found === undefined) throw new Error(`no operation ${name}`);
  return found.operation;
}

/** The parameters of an operation; those of many operations are components. */
function parametersOf({ parameters = [] }: Operation): Parameter[] {
  const { parameters: shared } = platform.components as { parameters: Record<string, Parameter> };
  return parameters.map((parameter) =>
    '$ref' in parameter
      ? (shared[parameter.$ref.replace('#/components/parameters/', '')] as Parameter)
      : parameter,
  );
}

/** The content of a response; error responses are components. */
function contentOf(document: OpenApiDocument, response: Reference | undefined): Record<string, Media> {
  const { responses = {} } = document.components as {
    responses?: Record<string, { content?: Record<string, Media> }>;
  };
  const shared = response?.$ref?.replace('#/components/responses/', '');
  return (shared === undefined ? response : responses[shared])?.content ?? {};
}

/** Every media type of an operation, with where it is. */
function mediaOf(
  document: OpenApiDocument,
  { operationId, requestBody, responses }: Operation,
): [string, Media][] {
  const named = (place: string, content: Record<string, Media> | undefined) =>
    Object.entries(content ?? {}).map(([type, media]): [string, Media] => [
      `${operationId} ${place} ${type}`,
      media,
    ]);
  return [
    ...named('body', requestBody?.content),
    ...Object.entries(responses).flatMap(([status, response]) =>
      named(status, contentOf(document, response)),
    ),
  ];
}

describe.each(documents)('the OpenAPI document of %s', (_name, document) => {
  it('is valid by the schema of the OpenAPI Initiative', async () => {
    const result = await new Validator().validate(structuredClone(document));
    expect(result.errors).toBeUndefined();
    expect(result.valid).toBe(true);
  });

  it('has only examples that match their schemas', () => {
    const ajv = new Ajv.default({ strict: false });
    addFormats.default(ajv);
    ajv.addSchema({ ...structuredClone(document), $id: 'document' });
    // Most error responses share one schema, and compiling takes longer than validating.
    const validators = new Map<string, ValidateFunction>();
    function validatorOf(schema: string): ValidateFunction {
      const validate = validators.get(schema) ?? ajv.compile(JSON.parse(schema));
      validators.set(schema, validate);
      return validate;
    }
    const wrong: unknown[] = [];
    for (const { operation } of operationsOf(document)) {
      for (const [place, { schema, example, examples }] of mediaOf(document, operation)) {
        const values = Object.values(examples ?? {}).map(({ value }) => value);
        if (example !== undefined) values.push(example);
        if (values.length === 0) continue;
        const validate = validatorOf(JSON.stringify(schema).replaceAll('"#/', '"document#/'));
        for (const value of values) if (!validate(value)) wrong.push([place, validate.errors]);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('names its servers and has unique names of operations', () => {
    const servers = document.servers as { url: string }[];
    expect(servers.map(({ url }) => url)).toEqual(['/', expect.stringMatching(/^http:\/\/localhost:\d+$/)]);
    const names = operationsOf(document).map(({ operation }) => operation.operationId);
    expect(new Set(names).size).toBe(names.length);
  });

  it('has no recursive schema, which generators drop', () => {
    const { schemas } = document.components as { schemas: Record<string, unknown> };
    const referred = (name: string) =>
      [...JSON.stringify(schemas[name]).matchAll(/#\/components\/schemas\/([^"/]+)/g)].map(
        ([, target]) => target as string,
      );
    for (const start of Object.keys(schemas)) {
      const seen = new Set<string>();
      for (const next = referred(start); next.length > 0; ) {
        const name = next.pop() as string;
        if (seen.has(name)) continue;
        seen.add(name);
        next.push(...referred(name));
      }
      expect([...seen], start).not.toContain(start);
    }
  });

  it('refers to every schema, and writes none twice for requests and responses', () => {
    const { schemas } = document.components as { schemas: Record<string, unknown> };
    const text = JSON.stringify(document);
    const names = Object.keys(schemas);
    expect(names.filter((name) => !text.includes(`"#/components/schemas/${name}"`))).toEqual([]);
    expect(names.filter((name) => name.startsWith('__'))).toEqual([]);
    const content = names.map((name) => JSON.stringify(schemas[name]));
    const copies = names.filter(
      (name, index) => name.endsWith('Output') && content.indexOf(content[index] as string) !== index,
    );
    expect(copies).toEqual([]);
  });

  it('describes each error response once', () => {
    const inline = operationsOf(document).flatMap(({ operation }) =>
      Object.entries(operation.responses)
        .filter(([, { content }]) => /Problem$/.test(`${content?.['application/json']?.schema.$ref}`))
        .map(([status]) => `${operation.operationId} ${status}`),
    );
    expect(inline).toEqual([]);
  });

  it('has no property of the type null, on which OpenAPI Generator fails', () => {
    const found: string[] = [];
    JSON.stringify(document, (key, value) => {
      if (key !== 'properties') return value;
      for (const [name, property] of Object.entries<{ type?: unknown }>(value))
        if (property.type === 'null') found.push(name);
      return value;
    });
    expect(found).toEqual([]);
  });

  it('has no boolean constant, which OpenAPI Generator takes for a text', () => {
    expect(JSON.stringify(document)).not.toMatch(
      /"const":(true|false)[^{}]*"type":"boolean"|"type":"boolean","const"/,
    );
  });

  it('has patterns that need no flag, as other languages read them', () => {
    const patterns = [...JSON.stringify(document).matchAll(/"pattern":"((?:[^"\\]|\\.)*)"/g)];
    expect(patterns.filter(([, pattern]) => /\\\\p\{/.test(pattern as string))).toEqual([]);
  });
});

describe('Airtable’s API in the document of the gateway', () => {
  const schemasOfErrors = ({ responses }: Operation) =>
    Object.entries(responses)
      .filter(([status]) => Number(status) >= 400 && status !== '431')
      .map(([, response]) => contentOf(platform, response)['application/json']?.schema.$ref);

  it('describes every error in Airtable’s format', () => {
    const routes = operationsOf(platform).filter(({ path }) => path.startsWith('/api/airtable/v0/'));
    expect(routes.length).toBeGreaterThan(20);
    for (const { operation } of routes)
      expect(new Set(schemasOfErrors(operation)), operation.operationId).toEqual(
        new Set(['#/components/schemas/AirtableProblem']),
      );
  });

  it('keeps the envelope of the platform elsewhere', () => {
    expect(new Set(schemasOfErrors(operationNamed('airtableGatewayBases')))).toEqual(
      new Set(['#/components/schemas/Problem']),
    );
  });

  it('describes the query of a list as clients send it', () => {
    const names = (operation: string) =>
      parametersOf(operationNamed(operation))
        .filter((parameter) => parameter.in === 'query')
        .map(({ name }) => name);
    expect(names('airtableGatewayListRecords')).toEqual(
      expect.arrayContaining([
        'pageSize',
        'maxRecords',
        'offset',
        'view',
        'filterByFormula',
        'fields[]',
        'sort[0][field]',
        'sort[0][direction]',
        'sort[2][field]',
        'cellFormat',
        'timeZone',
        'userLocale',
        'returnFieldsByFieldId',
        'recordMetadata[]',
      ]),
    );
    expect(names('airtableGatewayDeleteRecords')).toEqual(['records[]']);
    expect(names('airtableGatewayGetRecord')).toContain('returnFieldsByFieldId');
    expect(names('airtableGatewayListRecordsByPost')).toEqual(['timeZone', 'userLocale']);
  });
});

describe('the document of the gateway', () => {
  it('is smaller than 410 kB', () => {
    expect(JSON.stringify(platform).length).toBeLessThan(410_000);
  });

  it('describes the gateway’s own rejections', () => {
    const { responses } = operationNamed('platformServicesMe');
    expect(Object.keys(responses)).toEqual(
      expect.arrayContaining(['400', '401', '414', '429', '431', '500', '502', '503', '504']),
    );
    expect(Object.keys(operationNamed('fileServiceUpload').responses)).toEqual(
      expect.arrayContaining(['408', '413', '415']),
    );
  });

  it('writes the defaults of bodies as text, since generators require properties with `default`', () => {
    const { schemas } = platform.components as {
      schemas: Record<string, { properties: Record<string, unknown> }>;
    };
    const { description } = schemas.PlatformServicesCreateWorkspaceBody?.properties ?? {};
    expect(description).toMatchObject({ description: 'Default: `null`' });
    const bodies = Object.entries(schemas).filter(([name]) => name.endsWith('Body'));
    expect(
      bodies.filter(([, schema]) => JSON.stringify(schema.properties ?? {}).includes('"default":')),
    ).toEqual([]);
  });

  it('requires a body only where the route does', () => {
    const required = operationsOf(platform)
      .filter(({ operation }) => operation.requestBody?.required === false)
      .map(({ operation }) => operation.operationId);
    expect(required).toContain('airtableGatewayInvalidateCache');
    expect(operationNamed('airtableGatewayCreateRecords').requestBody?.required).toBe(true);
  });
});

it.each(documents)('describes the rejections of every request by %s', (_name, document) => {
  for (const { method, operation } of operationsOf(document)) {
    const statuses = ['400', '414', '431', ...(method === 'get' ? [] : ['408', '413', '415'])];
    expect(Object.keys(operation.responses), operation.operationId).toEqual(expect.arrayContaining(statuses));
  }
});

it('describes that the protocol endpoint of MCP checks the Accept header', () => {
  const { responses } = operationNamed('mcpServerStreamPost');
  expect(Object.keys(responses)).toEqual(expect.arrayContaining(['200', '202', '406']));
});

it('describes that MCP has no response to a notification and checks the origin of every request', () => {
  expect(Object.keys(operationNamed('mcpServerRpc').responses)).toContain('202');
  for (const name of ['StreamPost', 'Rpc', 'Tools', 'CallTool'])
    expect(Object.keys(operationNamed(`mcpServer${name}`).responses), name).toContain('403');
});

it('describes the errors of forms as pages and as JSON, and their success as a redirect', () => {
  const frontend = documents.find(([name]) => name === 'frontend')?.[1] as OpenApiDocument;
  const form = operationsOf(frontend).find(({ operation }) => operation.operationId === 'loginForm');
  const responses = form?.operation.responses ?? {};
  expect(Object.keys(responses)).toEqual(expect.arrayContaining(['303', '401', '403', '423', '429']));
  expect(Object.keys(responses).filter((status) => status.startsWith('2'))).toEqual([]);
  expect(Object.keys(contentOf(frontend, responses[401]))).toEqual(['application/json', 'text/html']);
});

it.each(catalogue)('$name documents the idempotency key on exactly the routes that take one', (contract) => {
  const document = describeService(contract);
  const components = document.components as { parameters?: Record<string, Parameter> } | undefined;
  const routes: Readonly<Record<string, RouteSpec>> = contract.routes;
  const documented = operationsOf(document)
    .filter(({ operation: { parameters = [] } }) =>
      parameters
        .map((one) => ('$ref' in one ? components?.parameters?.[one.$ref.split('/').at(-1) ?? ''] : one))
        .some((one) => one?.name === 'Idempotency-Key'),
    )
    .map(({ operation }) => operation.operationId);
  const taking = Object.keys(routes).filter((name) => takesKey(routes[name] as RouteSpec));
  expect(documented.sort()).toEqual(taking.sort());
});
