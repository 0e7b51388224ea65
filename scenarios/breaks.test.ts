import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { patchSource } from '../harness/faults/boot/patch-source.ts';
import { checks } from './catalogue.ts';

const packageRoot = join(import.meta.dirname, '..');
const withBreaks = checks.filter(({ breaks }) => (breaks ?? []).length > 0);

describe('the breaks of the checks', () => {
  it('exist for every check: without one nothing shows that it can fail', () => {
    const missing = checks.filter((check) => !withBreaks.includes(check)).map(({ id }) => id);
    expect(missing).toEqual([]);
  });

  it('name defects that differ within a check', () => {
    const repeated = withBreaks.filter(({ breaks = [] }) => {
      const defects = breaks.map(({ defect }) => defect);
      return new Set(defects).size < defects.length;
    });
    expect(repeated.map(({ id }) => id)).toEqual([]);
  });

  it('violate expectations that the check declares, by at least one change', () => {
    const problems = withBreaks.flatMap(({ id, breaks = [], expects }) =>
      breaks.flatMap(({ defect, changes, violates }) => [
        ...(changes.length === 0 ? [`${id}: ${defect} changes nothing`] : []),
        ...violates
          .filter((name) => !Object.hasOwn(expects, name))
          .map((name) => `${id}: no expectation ${name}`),
      ]),
    );
    expect(problems).toEqual([]);
  });

  it('change source that exists, at one place', () => {
    const problems = withBreaks.flatMap(({ id, breaks = [] }) =>
      breaks
        .flatMap(({ changes }) => changes)
        .filter((change) => change.kind === 'source' || change.kind === 'checkout')
        .flatMap((change) => {
          const path = join(packageRoot, change.file);
          if ((change.kind === 'source' && !change.file.startsWith('platform/')) || !existsSync(path))
            return [`${id}: no file ${change.file}`];
          try {
            patchSource(readFileSync(path, 'utf8'), change);
            return [];
          } catch (error) {
            return [`${id}: ${(error as Error).message}`];
          }
        }),
    );
    expect(problems).toEqual([]);
  });
});
