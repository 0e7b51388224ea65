import { expect, it } from 'vitest';
import { injectionProbes, injections } from './injection-probes.ts';

const probes = injectionProbes();

it('every parameter of every GET route for users is probed, in the path and in the query', () => {
  const names = probes.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(['file-service.file :id', 'file-service.list ?search']));
  expect(new Set(names).size).toBe(names.length);
  expect(probes.length).toBeGreaterThan(100);
});

it.each(injections)('%s is encoded within the path of a request', (text) => {
  for (const { path } of probes) {
    const { pathname, search } = new URL(path(text), 'http://gateway');
    expect(`${pathname}${search}`).not.toMatch(/[\s"]/);
  }
});

it('names another base in each request, whose number is limited per base', () => {
  const ofBases = probes.filter(
    ({ name }) => name.startsWith('airtable-gateway.') && !name.includes(':baseId'),
  );
  const bases = ofBases.flatMap(({ path }) => /\/(app\w{14})/.exec(path('x'))?.[1] ?? []);
  expect(new Set(bases).size).toBe(bases.length);
});
