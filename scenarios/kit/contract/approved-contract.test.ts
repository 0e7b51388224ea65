import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { contractText } from '../../../repository/contract-text.ts';
import { approved } from './approved-contract.ts';
import { compareContracts } from './compare-contracts.ts';
import { FieldTree, fieldsOf } from './field-tree.ts';
import { type RouteContract, readContract } from './read-contract.ts';

it('the approved contract is what the contracts declare', () => {
  const file = readFileSync(join(import.meta.dirname, 'approved-contract.json'), 'utf8');
  expect(file, 'read the difference, then: npm run accept:contract').toBe(contractText());
}, 60_000);

it('every route has an access that is known', () => {
  const all = [...approved.values()].flatMap(({ routes }) => Object.entries(routes));
  expect(all.length).toBeGreaterThan(250);
  expect(all.filter(([, { access }]) => !['public', 'user', 'service'].includes(access))).toEqual([]);
});

const document = (operation: object, components: object = {}) => ({
  paths: { '/files/{id}': { get: operation } },
  components,
});
const ok = (schema: object) => ({ 200: { content: { 'application/json': { schema } } } });

describe('a contract read from an OpenAPI document', () => {
  it('has access, rights, scope and fields', () => {
    const { routes } = readContract(
      document(
        {
          security: [{ accessToken: [] }],
          'x-needs': 'self',
          'x-personal-token-scope': 'files:read',
          parameters: [
            { in: 'path', name: 'id' },
            { in: 'query', name: 'page' },
          ],
          responses: ok({ $ref: '#/components/schemas/File' }),
        },
        { schemas: { File: { type: 'object', properties: { id: { type: 'string' } } } } },
      ),
    );
    expect(routes).toEqual({
      'GET /files/:id': {
        access: 'user',
        needs: 'self',
        scope: 'files:read',
        takes: ['query.page'],
        answers: { 200: ['id'] },
      },
    });
  });

  it.each([
    [[], 'public'],
    [undefined, 'public'],
    [[{}, { accessToken: [] }], 'public'],
    [[{ internalKey: [] }], 'service'],
    [[{ accessToken: [] }, { other: [] }], 'unknown'],
  ])('with the security %j is for %s', (security, access) => {
    const { routes } = readContract(document({ security, responses: {} }));
    expect(routes['GET /files/:id']?.access).toBe(access);
  });
});

describe('the fields of a schema', () => {
  const fields = (schema: object) => fieldsOf(schema, () => ({}));

  it('are paths through objects, lists, maps and alternatives', () => {
    expect(
      fields({
        type: 'object',
        properties: {
          list: { type: 'array', items: { type: 'object', properties: { id: { type: 'string' } } } },
          map: { type: 'object', additionalProperties: { type: 'integer' } },
          either: { anyOf: [{ type: 'null' }, { type: 'object', properties: { a: { type: 'boolean' } } }] },
          any: {},
        },
      }),
    ).toEqual(['any.**', 'either', 'either.a', 'list.[].id', 'map.*']);
  });

  it('allow exactly the values of the schema', () => {
    const tree = FieldTree.of(['id', 'list.[].id', 'map.*', 'any.**']);
    expect(tree.allows(['id'])).toBe(true);
    expect(tree.allows(['list', '[]', 'id'])).toBe(true);
    expect(tree.allows(['map', 'x'])).toBe(true);
    expect(tree.allows(['any', 'x', '[]', 'y'])).toBe(true);
    expect(tree.allows(['password_hash'])).toBe(false);
    expect(tree.allows(['list', '[]', 'hash'])).toBe(false);
    expect(tree.allows(['map', 'x', 'y'])).toBe(false);
  });
});

describe('a comparison with the approved contract', () => {
  const route: RouteContract = {
    access: 'user',
    needs: { tenant: 'admin' },
    scope: 'files:read',
    takes: ['name'],
    answers: { 200: ['id'] },
  };
  const compare = (now: Partial<RouteContract>) =>
    compareContracts('files', { 'GET /x': route }, { 'GET /x': { ...route, ...now } });
  const same = { routes: [], access: [], rights: [], takes: [], answers: [] };

  it('finds nothing in the same contract', () => {
    expect(compare({})).toEqual(same);
  });

  it.each([
    [{ access: 'public' }, 'access', ['files: GET /x is for public, approved is user']],
    [
      { needs: { tenant: 'member' } },
      'rights',
      ['files: GET /x needs {"tenant":"member"}, approved is {"tenant":"admin"}'],
    ],
    [{ scope: 'any' }, 'rights', ['files: GET /x has the scope "any", approved is "files:read"']],
    [{ takes: ['name', 'role'] }, 'takes', ['files: GET /x: role is not approved']],
    [{ answers: { 200: ['id', 'hash'] } }, 'answers', ['files: GET /x 200: hash is not approved']],
    [{ answers: { 200: [] } }, 'answers', ['files: GET /x 200: id is missing']],
    [{ answers: { 200: ['id'], 201: ['key'] } }, 'answers', ['files: GET /x 201: key is not approved']],
  ] as const)('names the difference of %j', (now, kind, lines) => {
    expect(compare(now as Partial<RouteContract>)).toEqual({ ...same, [kind]: lines });
  });

  it('names routes that are new and missing', () => {
    expect(compareContracts('files', { 'GET /x': route }, { 'GET /y': route }).routes).toEqual([
      'files: GET /y is not approved',
      'files: GET /x is missing',
    ]);
  });
});
