import { expect, it } from 'vitest';
import { tidySchemas } from './openapi-components.ts';

const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const text = { type: 'string' };
const documentWith = (paths: unknown, schemas: Record<string, unknown>) => ({
  paths,
  components: { schemas, securitySchemes: {} },
});

it('merges the copy of a schema for responses into the schema', () => {
  const tidied = tidySchemas(
    documentWith([ref('Base'), ref('BaseOutput')], { Base: text, BaseOutput: text }),
  );
  expect(tidied).toEqual(documentWith([ref('Base'), ref('Base')], { Base: text }));
});

it('keeps both schemas where requests and responses differ', () => {
  const document = documentWith([ref('Base'), ref('BaseOutput')], {
    Base: text,
    BaseOutput: { type: 'number' },
  });
  expect(tidySchemas(document)).toEqual(document);
});

it('removes the suffix from a schema that only responses use', () => {
  const tidied = tidySchemas(documentWith([ref('BaseOutput')], { BaseOutput: text }));
  expect(tidied).toEqual(documentWith([ref('Base')], { Base: text }));
});

it('merges copies that differ only in the copies to which they refer', () => {
  const document = documentWith([ref('List'), ref('ListOutput')], {
    List: { items: ref('Base') },
    ListOutput: { items: ref('BaseOutput') },
    Base: text,
    BaseOutput: text,
  });
  expect(tidySchemas(document)).toEqual(
    documentWith([ref('List'), ref('List')], { List: { items: ref('Base') }, Base: text }),
  );
});

it('removes schemas to which nothing refers, and those to which only they referred', () => {
  const document = documentWith([ref('Base')], { Base: text, Unused: { items: ref('Inner') }, Inner: text });
  expect(tidySchemas(document)).toEqual(documentWith([ref('Base')], { Base: text }));
});

it('moves a schema without a name of ours to the places that refer to it', () => {
  const document = documentWith([ref('__schema0'), ref('Base')], {
    __schema0: { type: 'string', pattern: '^\\$&$' },
    Base: { properties: { name: ref('__schema0') } },
  });
  const moved = { type: 'string', pattern: '^\\$&$' };
  expect(tidySchemas(document)).toEqual(
    documentWith([moved, ref('Base')], { Base: { properties: { name: moved } } }),
  );
});

it('leaves a document without schemas as it is', () => {
  const document: Parameters<typeof tidySchemas>[0] & { paths: object } = { paths: {} };
  expect(tidySchemas(document)).toMatchObject({ paths: {} });
});
