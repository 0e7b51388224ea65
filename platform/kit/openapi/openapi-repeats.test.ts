import { expect, it } from 'vitest';
import { shareRepeats } from './openapi-repeats.ts';

const schemaRef = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const uuid = { type: 'string', format: 'uuid', pattern: '^[0-9a-f-]{36}$' };
const integer = { type: 'integer', minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER };
const person = {
  type: 'object',
  properties: { name: { type: 'string', description: 'As the person writes it, in any alphabet' }, id: uuid },
  required: ['name', 'id'],
  additionalProperties: false,
};
const operation = (operationId: string, schema: object, parameters: object[] = []) => ({
  get: { operationId, parameters, responses: { 200: { content: { 'application/json': { schema } } } } },
});

it('writes a repeated object once, named after its first place', () => {
  const list = { type: 'object', properties: { people: { type: 'array', items: person } } };
  const shared = shareRepeats({
    paths: { '/people': operation('list', schemaRef('People')), '/one': operation('read', person) },
    components: { schemas: { People: list } },
  });
  expect(shared.paths['/one']).toEqual(operation('read', schemaRef('PeoplePeopleItem')));
  expect(shared.components.schemas).toEqual({
    People: {
      type: 'object',
      properties: { people: { type: 'array', items: schemaRef('PeoplePeopleItem') } },
    },
    PeoplePeopleItem: { ...person, properties: { ...person.properties, id: schemaRef('Uuid') } },
    Uuid: uuid,
  });
});

it('refers to a component that an operation repeats', () => {
  const shared = shareRepeats({
    paths: { '/one': operation('read', person) },
    components: { schemas: { Person: person } },
  });
  expect(shared.paths['/one']).toEqual(operation('read', schemaRef('Person')));
});

it('names ids and integers by what they are', () => {
  const shared = shareRepeats({
    paths: {
      '/a': operation('a', { type: 'object', properties: { id: uuid, size: integer } }),
      '/b': operation('b', { anyOf: [uuid, integer] }),
    },
    components: {},
  });
  expect(shared.components).toEqual({ schemas: { Uuid: uuid, SafeInteger: integer } });
});

it('leaves what is not repeated, and examples that look like schemas', () => {
  const media = { schema: person, example: { schema: uuid, id: uuid } };
  const document = {
    paths: { '/a': { get: { operationId: 'a', requestBody: { content: { 'application/json': media } } } } },
    components: { schemas: {} },
  };
  expect(shareRepeats(document)).toEqual(document);
});

it('tells two schemas apart that want the same name', () => {
  const other = { ...uuid, pattern: '^[0-9A-F-]{36}$' };
  const shared = shareRepeats({
    paths: { '/a': operation('a', { anyOf: [uuid, uuid, other, other] }) },
    components: {},
  });
  expect(shared.components).toEqual({ schemas: { Uuid: uuid, Uuid2: other } });
});

it('refers to parameters that three operations have', () => {
  const id = { in: 'path', name: 'file_id', required: true, schema: { type: 'string' } };
  const page = { in: 'query', name: 'page', schema: { type: 'integer' } };
  const shared = shareRepeats({
    paths: {
      '/a': operation('a', {}, [id, page]),
      '/b': operation('b', {}, [id]),
      '/c': operation('c', {}, [id, page]),
    },
    components: {},
  });
  expect(shared.components).toEqual({ schemas: {}, parameters: { FileId: id } });
  expect(shared.paths['/a']).toEqual(operation('a', {}, [{ $ref: '#/components/parameters/FileId' }, page]));
});
