import { expect, it } from 'vitest';
import { describeBodyDefaults } from './openapi-defaults.ts';

const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
/** A document whose only operation has a body of this schema. */
const documentWith = (schema: unknown, schemas: Record<string, unknown> = {}) => ({
  paths: {
    '/items': {
      post: {
        requestBody: { content: { 'application/json': { schema } } },
        responses: { '200': { content: { 'application/json': { schema: ref('Response') } } } },
      },
    },
  },
  components: { schemas },
});

it('writes the default of a property of a body into its description', () => {
  const schema = {
    properties: { size: { type: 'number', default: 100, description: 'Maximum' }, name: { default: null } },
  };
  expect(describeBodyDefaults(documentWith(schema))).toEqual(
    documentWith({
      properties: {
        size: { type: 'number', description: 'Maximum. Default: `100`' },
        name: { description: 'Default: `null`' },
      },
    }),
  );
});

it.each([
  ['a reference', ref('Inner')],
  ['the items of a list', { items: ref('Inner') }],
  ['other properties', { additionalProperties: ref('Inner') }],
  ['an alternative', { anyOf: [{ type: 'null' }, ref('Inner')] }],
  ['a property', { properties: { inner: ref('Inner') } }],
])('finds defaults in the schema of %s', (_place, schema) => {
  const described = describeBodyDefaults(
    documentWith(schema, { Inner: { properties: { on: { default: true } } } }),
  );
  expect(described.components.schemas.Inner).toEqual({
    properties: { on: { description: 'Default: `true`' } },
  });
});

it('describes a default once where several schemas refer to it', () => {
  const schema = { properties: { first: ref('Inner'), second: ref('Inner') } };
  const described = describeBodyDefaults(
    documentWith(schema, { Inner: { properties: { on: { default: true } } } }),
  );
  expect(described.components.schemas.Inner).toEqual({
    properties: { on: { description: 'Default: `true`' } },
  });
});

it('ends at a schema that contains itself', () => {
  const described = describeBodyDefaults(
    documentWith(ref('Tree'), { Tree: { properties: { child: ref('Tree'), size: { default: 1 } } } }),
  );
  expect(described.components.schemas.Tree).toMatchObject({
    properties: { size: { description: 'Default: `1`' } },
  });
});

it('keeps defaults of responses, a property with the name "default", and the given document', () => {
  const document = documentWith(
    { properties: { default: { type: 'string' } } },
    { Response: { properties: { size: { default: 1 } } } },
  );
  const before = structuredClone(document);
  expect(describeBodyDefaults(document)).toEqual(before);
  expect(document).toEqual(before);
});
