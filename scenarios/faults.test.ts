import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { faults } from '../harness/cli/fault-catalogue.ts';
import { patchSource } from '../harness/faults/boot/patch-source.ts';
import type { Injection } from '../harness/faults/fault.ts';
import { checks } from './catalogue.ts';

const packageRoot = join(import.meta.dirname, '..');
const severities = new Map(checks.map(({ id, severity }) => [id, severity]));

/** Every fault in every service that it can be in. */
const injections: readonly Injection[] = faults.flatMap((fault) =>
  [...new Set([fault.defaultService, ...(fault.services ?? [])])].map((service) => ({ fault, service })),
);

describe('the faults', () => {
  it('are at least sixty, with unique ids of two parts', () => {
    const ids = faults.map(({ id }) => id);
    expect(ids.length).toBeGreaterThanOrEqual(60);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
    expect(ids.filter((id) => !/^[a-z]+(?:-[a-z]+)*\.[a-z0-9]+(?:-[a-z0-9]+)*$/.test(id))).toEqual([]);
  });

  it('reproduce every documented blocker', () => {
    const documented = [
      ...Array.from({ length: 9 }, (_, index) => `P${index + 1}`),
      ...Array.from({ length: 23 }, (_, index) => `B${index + 1}`),
    ];
    const reproduced = new Set(faults.flatMap(({ blockers }) => blockers));
    expect(documented.filter((id) => !reproduced.has(id))).toEqual([]);
    expect([...reproduced].filter((id) => !documented.includes(id))).toEqual([]);
  });

  it('say what was recorded, why it happens and how to fix it', () => {
    const silent = faults.filter((fault) =>
      [fault.title, fault.recorded, fault.cause, fault.fix].some((text) => text.trim() === ''),
    );
    expect(silent.map(({ id }) => id)).toEqual([]);
  });

  it('change something, and name checks that exist, the first of which forbids GO', () => {
    const problems = injections.flatMap(({ fault, service }) => {
      const { changes, red, green } = fault.in(service);
      const first = severities.get(red[0]);
      return [
        ...(changes.length === 0 ? ['changes nothing'] : []),
        ...[...red, ...green].filter((id) => !severities.has(id)).map((id) => `no check ${id}`),
        ...red.filter((id) => green.includes(id)).map((id) => `${id} is to fail and to pass`),
        ...(first === 'blocker' || first === 'high' ? [] : [`${red[0]} does not forbid GO`]),
        ...(green.length === 0 ? ['names no check that must pass'] : []),
      ].map((problem) => `${fault.id}=${service}: ${problem}`);
    });
    expect(problems).toEqual([]);
  });

  it('change source that exists, each at one place', () => {
    const problems = injections.flatMap(({ fault, service }) => {
      const texts = new Map<string, string>();
      return fault
        .in(service)
        .changes.filter((change) => change.kind === 'source' || change.kind === 'checkout')
        .flatMap((change) => {
          const path = join(packageRoot, change.file);
          if (!existsSync(path)) return [`${fault.id}: no file ${change.file}`];
          try {
            texts.set(path, patchSource(texts.get(path) ?? readFileSync(path, 'utf8'), change));
            return [];
          } catch (error) {
            return [`${fault.id}: ${(error as Error).message}`];
          }
        });
    });
    expect(problems).toEqual([]);
  });
});
