import { describe, expect, it } from 'vitest';
import { rejectDestructive } from './reject-destructive.ts';

const definitions = [
  { id: 'api.load.steady', destructive: { kind: 'load' as const, effect: 'sends steady load' } },
  { id: 'security.rows', destructive: { kind: 'database' as const, effect: 'tries to change rows' } },
  { id: 'api.harmless' },
];
const target = { file: 'staging.yaml', name: 'staging', label: 'staging', allow: [] as string[] };

describe('destructive checks on a deployed target', () => {
  it('are rejected with the reason and the line that allows them', () => {
    const rejected = rejectDestructive(definitions, target);
    expect([...rejected.keys()]).toEqual(['api.load.steady', 'security.rows']);
    expect(rejected.get('api.load.steady')).toBe(
      'it sends steady load; the target file of staging does not allow it (allow: ["api.load.steady"])',
    );
  });

  it('are rejected on an adopted project with the option that allows them', () => {
    const project = { ...target, file: '--adopt shop', adopted: 'shop' };
    expect(rejectDestructive(definitions, project).get('api.load.steady')).toBe(
      'it sends steady load; --allow api.load.steady permits it',
    );
    expect(() => rejectDestructive(definitions, { ...project, allow: ['api.lode'] })).toThrow(
      '--allow: no check has the id "api.lode".',
    );
  });

  it('are measured when the target allows them by id', () => {
    const rejected = rejectDestructive(definitions, { ...target, allow: ['api.load.steady'] });
    expect([...rejected.keys()]).toEqual(['security.rows']);
  });

  it('never include load in production, even if allowed', () => {
    const production = { ...target, label: 'production' };
    expect(rejectDestructive(definitions, production).get('api.load.steady')).toMatch(/never gets load/);
    expect(() => rejectDestructive(definitions, { ...production, allow: ['api.load.steady'] })).toThrow(
      'staging.yaml: allow[0]: "api.load.steady" sends steady load. A target labelled production never gets load or drills.',
    );
    const allowed = rejectDestructive(definitions, { ...production, allow: ['security.rows'] });
    expect([...allowed.keys()]).toEqual(['api.load.steady']);
  });

  it.each([
    ['an unknown id', 'api.lode', 'no check has the id "api.lode"'],
    ['a harmless check', 'api.harmless', 'is not destructive'],
  ])('cannot be allowed by %s', (_what, id, message) => {
    expect(() => rejectDestructive(definitions, { ...target, allow: [id] })).toThrow(message);
  });
});
