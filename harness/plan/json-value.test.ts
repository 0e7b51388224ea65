import fc from 'fast-check';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { JsonValue } from './json-value.ts';

/** Values of which a part may be none of JSON. */
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom<unknown>(null, true, 'text', 0, -1.5, undefined, Number.NaN, Infinity, 1n, new Date(0)),
    fc.array(tie('tree'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b', '10'), tie('tree')),
  ),
}));

it('accepts what z.json() accepts, and gives the same value', () => {
  const general = z.json();
  fc.assert(
    fc.property(tree, (value) => {
      const [own, other] = [JsonValue.safeParse(value), general.safeParse(value)];
      expect(own.success).toBe(other.success);
      expect(own.data).toEqual(other.data);
    }),
  );
});

it('rejects a hole in a list', () => {
  expect(JsonValue.safeParse(new Array(1)).success).toBe(false);
});

it('can be compiled and described', () => {
  const schema = z.object({ value: JsonValue });
  expect(() => z.compile(schema, { strict: true })).not.toThrow();
  expect(z.toJSONSchema(schema)).toMatchObject({ properties: { value: {} }, required: ['value'] });
});
