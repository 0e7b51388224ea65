// biome-ignore-all lint/suspicious/noTemplateCurlyInString: code of the platform
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { patchSource } from '../../harness/faults/boot/patch-source.ts';
import { checks } from '../catalogue.ts';
import { mutants } from './catalogue.ts';

const packageRoot = join(import.meta.dirname, '../..');

describe('the mutants', () => {
  it('have unique ids of two parts, and a kind', () => {
    const ids = mutants.map(({ id }) => id);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
    expect(ids.filter((id) => !/^[a-z]+(?:-[a-z]+)*\.[a-z0-9]+(?:-[a-z0-9]+)*$/.test(id))).toEqual([]);
    expect(mutants.filter(({ kind }) => !(Number.isInteger(kind) && kind >= 1 && kind <= 18))).toEqual([]);
  });

  it('name checks that exist, and the first one forbids GO', () => {
    const known = new Map(checks.map((check) => [check.id, check]));
    const problems = mutants.flatMap(({ id, caughtBy, alongside = [] }) => [
      ...[...caughtBy, ...alongside].filter((check) => !known.has(check)).map((check) => `${id}: ${check}`),
      ...(['high', 'blocker'].includes(known.get(caughtBy[0] ?? '')?.severity ?? '')
        ? []
        : [`${id}: its first check does not forbid GO`]),
    ]);
    expect(problems).toEqual([]);
  });

  it('change source that exists, each at one place', () => {
    const problems = mutants.flatMap(({ id, changes }) => {
      const texts = new Map<string, string>();
      try {
        if (changes.length === 0) throw new Error('changes nothing');
        for (const change of changes) {
          const path = join(packageRoot, change.file);
          if (!existsSync(path)) throw new Error(`no file ${change.file}`);
          const before = texts.get(path) ?? readFileSync(path, 'utf8');
          texts.set(path, patchSource(before, change));
        }
        return [];
      } catch (error) {
        return [`${id}: ${(error as Error).message}`];
      }
    });
    expect(problems).toEqual([]);
  });
});
