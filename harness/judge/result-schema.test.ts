import { expect, it } from 'vitest';
import { resultJsonSchema } from './result-schema.ts';

it('the published schema of a result requires verdict, conditions and checks', () => {
  const schema = resultJsonSchema();
  expect(schema.$schema).toBe('https://json-schema.org/draft/2020-12/schema');
  expect(schema.required).toEqual(expect.arrayContaining(['verdict', 'conditions', 'checks', 'score']));
  // The schema is published as JSON and must survive the serialization.
  expect(JSON.parse(JSON.stringify(schema))).toEqual(schema);
});
