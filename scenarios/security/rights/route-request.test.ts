import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Objects } from './objects.ts';
import { inOrder, objectRoutes, requestFor } from './route-request.ts';

const id = (prefix: string, index = 0) => `${prefix}A1b2C3d4E5f6G${index}`;
const objects: Objects = {
  workspace: randomUUID(),
  owner: randomUUID(),
  guest: randomUUID(),
  base: id('app'),
  table: id('tbl'),
  field: id('fld'),
  records: [0, 1, 2, 3, 4, 5].map((index) => id('rec', index)),
  comment: id('com'),
  webhook: id('ach'),
  sync: randomUUID(),
  file: randomUUID(),
  workflow: randomUUID(),
  execution: randomUUID(),
  template: randomUUID(),
  notification: randomUUID(),
  saga: randomUUID(),
  session: randomUUID(),
  token: id('pat'),
  conversation: 'conversation',
  grant: randomUUID(),
  export: randomUUID(),
  invitation: randomUUID(),
  absent: new Set(),
};
const routes = objectRoutes();

describe('a request about an object', () => {
  it.each(routes)('can be made for $id', (route) => {
    expect(requestFor(route, objects)).toBeTypeOf('object');
  });

  it.each(routes)('for $id names the objects of its path and none that does not exist', (route) => {
    const request = requestFor(route, objects);
    if (typeof request === 'string') throw new Error(request);
    expect(request.path).not.toContain(':');
    const ids = new Set<unknown>([
      ...Object.values(objects).flat(),
      'workspace_creation',
      'readiness.probe',
      '1',
    ]);
    const template = route.path.split('/');
    const named = request.path.replace(/\?.*/, '').split('/');
    for (const [index, part] of template.entries())
      if (part.startsWith(':')) expect(ids).toContain(named[index]);
  });

  it('names the workspace or base that the rights are about', () => {
    for (const route of routes) {
      const { needs } = route.spec;
      if (typeof needs !== 'object' || !('id' in needs) || needs.id.startsWith('params.')) continue;
      const request = requestFor(route, objects) as { path: string; body?: unknown };
      const name = needs.of === 'base' ? objects.base : objects.workspace;
      expect(`${request.path} ${JSON.stringify(request.body)}`, route.id).toContain(name);
    }
  });

  it('tells which parameter has no object', () => {
    const route = routes.find(({ id }) => id === 'file-service.file');
    if (!route) throw new Error('unreachable');
    const unknown = { ...route, service: 'gateway' as const };
    expect(requestFor(unknown, objects)).toBe('file-service.file: no object for the parameter id');
  });
});

it('reads come first, deletions last, and the workspace goes at the end', () => {
  const ids = inOrder(routes).map(({ spec, path }) => `${spec.method} ${path}`);
  expect(ids[0]).toMatch(/^GET/);
  expect(ids.at(-1)).toBe('DELETE /api/workspaces/:id');
  const firstDeletion = ids.findIndex((one) => one.startsWith('DELETE'));
  expect(ids.slice(firstDeletion).every((one) => one.startsWith('DELETE'))).toBe(true);
  const comment = ids.findIndex((one) => one.startsWith('DELETE') && one.endsWith(':commentId'));
  const record = ids.findIndex(
    (one) => one.startsWith('DELETE') && one.endsWith('v0/:baseId/:tableIdOrName/:recordId'),
  );
  expect(comment).toBeLessThan(record);
});
