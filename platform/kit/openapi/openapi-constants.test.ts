import { expect, it } from 'vitest';
import { describeConstants } from './openapi-constants.ts';

it('writes a property that can only be null as a constant, at any depth', () => {
  const inner = { type: 'object', properties: { never: { type: 'null', description: 'Not supported' } } };
  const described = describeConstants({ items: { properties: { inner } } });
  expect(described).toEqual({
    items: {
      properties: {
        inner: { type: 'object', properties: { never: { const: null, description: 'Not supported' } } },
      },
    },
  });
});

it('writes a boolean constant by the value that it excludes', () => {
  const properties = { deleted: { type: 'boolean', const: true, description: 'Always' } };
  expect(describeConstants({ properties, items: { type: 'boolean', const: false } })).toEqual({
    properties: { deleted: { type: 'boolean', not: { const: false }, description: 'Always' } },
    items: { type: 'boolean', not: { const: true } },
  });
});

it('keeps null as one of several types, constants of other types, and values of examples', () => {
  const document = {
    properties: {
      name: { anyOf: [{ type: 'string' }, { type: 'null' }] },
      type: { type: 'string', const: 'true' },
      boolean: { type: 'boolean' },
    },
    example: { type: 'null' },
  };
  expect(describeConstants(document)).toEqual(document);
});
