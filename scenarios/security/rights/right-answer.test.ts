import { describe, expect, it } from 'vitest';
import type { Needs, WorkspaceRole } from '../../../platform/contracts/rights.ts';
import type { RouteSpec } from '../../../platform/contracts/route.ts';
import { type Person, personNames } from './people.ts';
import { deviation, rightAnswer } from './right-answer.ts';

const roles: Partial<Record<string, WorkspaceRole>> = {
  owner: 'owner',
  admin: 'admin',
  editor: 'editor',
  commenter: 'commenter',
  viewer: 'viewer',
  'read-only': 'viewer',
};

const people = personNames.map(
  (name): Person => ({
    name,
    role: roles[name],
    inTenant: name !== 'other tenant' && name !== 'anonymous',
    from: '127.0.0.1',
    ...(name === 'anonymous' ? {} : { token: 'token' }),
  }),
);

const routeWith = (needs: Needs, id = 'file-service.file', format: 'envelope' | 'airtable' = 'envelope') => ({
  id,
  spec: {
    method: 'GET',
    path: '/files/:id',
    summary: '',
    access: 'user',
    needs,
    problemFormat: format,
    success: { status: 200, description: '' },
  } satisfies RouteSpec,
});

const answers = (needs: Needs, id?: string) =>
  people.map((person) => rightAnswer(routeWith(needs, id), person));

describe('the right answer', () => {
  const out = ['hidden', 'hidden', 'hidden', 'anonymous'];
  const inFile = (right: 'read' | 'comment' | 'edit' | 'create' | 'manage' | 'own'): Needs => ({
    right,
    of: 'file',
    id: 'params.id',
  });
  const [y, f, h] = ['allowed', 'forbidden', 'hidden'] as const;
  it.each([
    ['read', [y, y, y, y, y, y]],
    ['comment', [y, y, y, y, f, f]],
    ['edit', [y, y, y, f, f, f]],
    ['create', [y, y, f, f, f, f]],
    ['manage', [y, y, f, f, f, f]],
    ['own', [y, f, f, f, f, f]],
  ] as const)('to %s in a workspace is %j for its members, and hidden from others', (right, expected) => {
    expect(answers(inFile(right))).toEqual([...expected, ...out]);
  });

  it('about a conversation, a session or a token is hidden from everybody but the owner', () => {
    const privately = [y, h, h, h, h, h, h, h, h, 'anonymous'];
    expect(answers({ right: 'read', of: 'conversation', id: 'params.id' })).toEqual(privately);
    expect(answers('self')).toEqual(privately);
  });

  it('about the tenant does not depend on workspaces', () => {
    expect(answers({ tenant: 'member' })).toEqual([y, y, y, y, y, y, y, y, h, 'anonymous']);
    expect(answers({ tenant: 'admin' })).toEqual([y, f, f, f, f, f, f, f, h, 'anonymous']);
  });

  it('to a change that any member may make is forbidden to users who only read', () => {
    const route = routeWith({ tenant: 'member' });
    const changing = { ...route, spec: { ...route.spec, method: 'POST' } as const };
    expect(people.map((person) => rightAnswer(changing, person))).toEqual([
      y,
      y,
      y,
      y,
      y,
      f,
      y,
      y,
      h,
      'anonymous',
    ]);
  });

  it('about the steps of a saga is forbidden to members who have not started it', () => {
    const needs: Needs = { right: 'read', of: 'saga', id: 'params.id' };
    expect(answers(needs, 'saga-service.steps')).toEqual([y, f, f, f, f, f, ...out]);
  });
});

describe('a response', () => {
  const viewer = people[4] as Person;
  const route = routeWith({ right: 'edit', of: 'file', id: 'params.id' });
  it.each([
    ['allowed', 200, '', undefined],
    ['allowed', 409, '', undefined],
    ['allowed', 403, '', '200'],
    ['allowed', 404, '', '200'],
    ['forbidden', 403, 'This needs the role editor in the workspace; yours is viewer.', undefined],
    ['forbidden', 403, 'No.', 'the role that is needed'],
    ['forbidden', 200, '', '403'],
    ['forbidden', 404, '', '403'],
    ['hidden', 404, '', undefined],
    ['hidden', 403, '', '404'],
    ['hidden', 200, '', '404'],
    ['anonymous', 401, '', undefined],
    ['anonymous', 404, '', '401'],
  ] as const)('that should be %s and has status %i %s deviates by %s', (answer, status, text, expected) => {
    expect(deviation(route, viewer, answer, { status, text })).toBe(expected);
  });

  it('in Airtable’s format hides with 404 or with the type for unknown models', () => {
    const airtable = routeWith(
      { right: 'read', of: 'base', id: 'params.id' },
      'airtable-gateway.x',
      'airtable',
    );
    const of = (status: number, text: string) => deviation(airtable, viewer, 'hidden', { status, text });
    expect(of(404, '{"error":"NOT_FOUND"}')).toBeUndefined();
    expect(of(403, 'INVALID_PERMISSIONS_OR_MODEL_NOT_FOUND')).toBeUndefined();
    expect(of(403, 'INVALID_PERMISSIONS')).toBe('404');
  });
});
