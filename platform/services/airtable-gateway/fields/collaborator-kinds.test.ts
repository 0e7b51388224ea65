import { describe, expect, it } from 'vitest';
import { knownUsers, type User } from '../users/user.ts';
import { multipleCollaboratorsKind, namedUsers, singleCollaboratorKind } from './collaborator-kinds.ts';
import type { CellInput, StoredField } from './field-kind.ts';

const ada: User = { id: 'usrCmndgvfSnfDt0S', email: 'ada@example.com', name: 'Ada Lovelace' };
const bob: User = { id: 'usrBBBBBBBBBBBBBB', email: 'bob@example.com', name: 'Bob' };
const otherBob: User = { id: 'usrCCCCCCCCCCCCCC', email: 'bob@example.org', name: 'Bob' };

function field(type: 'singleCollaborator' | 'multipleCollaborators'): StoredField {
  return { id: 'fldAAAAAAAAAAAAAA', name: 'Who', type, description: null, options: {} };
}

function input(type: 'singleCollaborator' | 'multipleCollaborators', typecast = false): CellInput {
  const addChoice = () => {
    throw new Error('not a select field');
  };
  const users = knownUsers([ada, bob, otherBob]);
  return { field: field(type), typecast, before: undefined, addChoice, users };
}

const single = (value: unknown, typecast = false) =>
  singleCollaboratorKind.read(value, input('singleCollaborator', typecast));
const several = (value: unknown, typecast = false) =>
  multipleCollaboratorsKind.read(value, input('multipleCollaborators', typecast));

describe('a cell of a single collaborator', () => {
  it.each([[{ id: ada.id }], [{ email: 'Ada@Example.com' }], [ada]])('reads %j', (value) => {
    expect(single(value)).toEqual(ada);
  });

  it.each([ada.id, ' ada@example.com ', 'Ada Lovelace'])('reads the text %j with typecast only', (text) => {
    expect(single(text, true)).toEqual(ada);
    expect(() => single(text)).toThrow('cannot accept the provided value');
  });

  it.each([
    ['Bob'],
    ['Nobody'],
    ['x@example.com'],
    ['usrDDDDDDDDDDDDDD'],
    ['a\0@\ud800'],
    [{ email: '\0' }],
    [7],
    [[ada]],
  ])('rejects %j, which names no single user', (value) => {
    expect(() => single(value, true)).toThrow('cannot accept the provided value');
  });

  it('is cleared by an empty text with typecast', () => {
    expect(single(' ', true)).toBeNull();
  });

  it("is the user's name in formulas and in texts, or the address without a name", () => {
    const format = { timeZone: 'UTC', locale: 'en' };
    expect(singleCollaboratorKind.value(ada, field('singleCollaborator'))).toBe('Ada Lovelace');
    const nameless = { ...ada, name: '' };
    expect(singleCollaboratorKind.text(nameless, field('singleCollaborator'), format)).toBe(ada.email);
  });
});

describe('a cell of several collaborators', () => {
  it('reads every user once', () => {
    expect(several([{ id: bob.id }, { email: ada.email }, { id: bob.id }])).toEqual([bob, ada]);
    expect(several([])).toBeNull();
  });

  it('reads texts with typecast', () => {
    expect(several(`${ada.email}, ${bob.id},`, true)).toEqual([ada, bob]);
    expect(several(['Ada Lovelace', { id: bob.id }], true)).toEqual([ada, bob]);
  });

  it.each([[ada], ['Ada Lovelace'], [[{}]], [[{ id: 7 }]], [[null]]])('rejects %j', (value) => {
    expect(() => several(value)).toThrow('cannot accept the provided value');
  });

  it('is a list of names in formulas and joined names in texts', () => {
    const format = { timeZone: 'UTC', locale: 'en' };
    const of = field('multipleCollaborators');
    expect(multipleCollaboratorsKind.value([ada, bob], of)).toEqual(['Ada Lovelace', 'Bob']);
    expect(multipleCollaboratorsKind.text([ada, bob], of, format)).toBe('Ada Lovelace, Bob');
  });
});

it('names users in collaborator fields only', () => {
  const value = [{ id: ada.id }, { email: bob.email }];
  expect(namedUsers(value, input('multipleCollaborators'))).toEqual([
    { by: 'id', value: ada.id },
    { by: 'email', value: bob.email },
  ]);
  const text = { ...field('singleCollaborator'), type: 'singleLineText' as const };
  expect(namedUsers('Ada', { field: text, typecast: true })).toEqual([]);
});
