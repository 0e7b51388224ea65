import { describe, expect, it } from 'vitest';
import type { ConformanceScenario } from '../../../../harness/engine/index.ts';
import { applyingScenarios, otherScenarios } from './applying-scenarios.ts';
import { assessScenarios } from './assess-scenarios.ts';

type Status = ConformanceScenario['checks'][number]['status'];

function scenario(name: string, checks: Record<string, Status>): ConformanceScenario {
  const list = Object.entries(checks).map(([id, status]) => ({ id, status, message: `about ${id}` }));
  return { name, checks: list };
}

const applying = { ping: [], caching: [['no prompts', ['prompts']]] } as const;
const others = [['no tasks', ['tasks']]] as const;
const ping = scenario('ping', { ping: 'SUCCESS', 'wire-schema-valid': 'SUCCESS' });
const caching = scenario('caching', { tools: 'SUCCESS', prompts: 'FAILURE' });

describe('the results of the conformance suite', () => {
  it('pass with every applying scenario, whatever the others give', () => {
    const scenarios = [ping, caching, scenario('tasks', { tasks: 'FAILURE' })];
    expect(assessScenarios(scenarios, applying, others)).toEqual({ measured: 2, failed: [], outdated: [] });
  });

  it('name each failed check with its scenario', () => {
    const failing = scenario('ping', { ping: 'SUCCESS', pong: 'FAILURE', 'wire-schema-valid': 'FAILURE' });
    expect(assessScenarios([failing, caching], applying, others).failed).toEqual([
      'ping: pong: about pong',
      'ping: wire-schema-valid: about wire-schema-valid',
    ]);
  });

  it.each([
    ['is missing', []],
    ['has no checks', [scenario('ping', {})]],
    ['has only the check of its messages', [scenario('ping', { 'wire-schema-valid': 'SUCCESS' })]],
    ['skipped its subject', [scenario('ping', { ping: 'SKIPPED', note: 'INFO', doubt: 'WARNING' })]],
  ])('are an error when a scenario %s', (_what, scenarios) => {
    expect(() => assessScenarios([...scenarios, caching], applying, others)).toThrow(
      /ping reported no result/,
    );
  });

  it('do not count a scenario that passed nothing', () => {
    const failing = scenario('ping', { ping: 'FAILURE', 'wire-schema-valid': 'SUCCESS' });
    expect(assessScenarios([failing, caching], applying, others).measured).toBe(1);
  });

  it('show scenarios that no list names, and exclusions that are no longer needed', () => {
    const now = scenario('caching', { tools: 'SUCCESS', prompts: 'SUCCESS' });
    expect(assessScenarios([ping, now, scenario('new', {})], applying, others).outdated).toEqual([
      'new',
      'caching: prompts',
    ]);
  });
});

it('every scenario is in one list once, with a reason where it does not apply', () => {
  const names = [...Object.keys(applyingScenarios), ...otherScenarios.flatMap(([, list]) => list)];
  expect(new Set(names).size).toBe(names.length);
  for (const [reason] of [...otherScenarios, ...Object.values(applyingScenarios).flat()])
    expect(reason).toMatch(/^[A-Z].{20,}\.$/);
});
