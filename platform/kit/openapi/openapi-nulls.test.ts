import { expect, it } from 'vitest';
import { describeNullProperties } from './openapi-nulls.ts';

it('writes a property that can only be null as a constant, at any depth', () => {
  const inner = { type: 'object', properties: { never: { type: 'null', description: 'Not supported' } } };
  const described = describeNullProperties({ items: { properties: { inner } } });
  expect(described).toEqual({
    items: {
      properties: {
        inner: { type: 'object', properties: { never: { const: null, description: 'Not supported' } } },
      },
    },
  });
});

it('keeps null as one of several types, and values of examples', () => {
  const document = {
    properties: { name: { anyOf: [{ type: 'string' }, { type: 'null' }] }, type: { type: 'string' } },
    example: { type: 'null' },
  };
  expect(describeNullProperties(document)).toEqual(document);
});
