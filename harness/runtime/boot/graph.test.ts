import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ReadinessError } from '../../errors/readiness-error.ts';
import type { EdgeCondition, StackNode, StackPlan } from '../runtime.ts';
import { dependantsOf, findPlanProblems, validatePlan } from './graph.ts';

function node(
  name: string,
  dependsOn: Record<string, EdgeCondition> = {},
  kind: StackNode['kind'] = 'service',
): StackNode {
  return { name, kind, dependsOn, env: {}, startTimeoutMs: 1_000 };
}

function planOf(...nodes: StackNode[]): StackPlan {
  return { nodes, bootTimeoutMs: 10_000 };
}

/** Plans whose edges point only to earlier nodes, and so are valid. */
const acyclicPlan = fc
  .array(fc.array(fc.nat(), { maxLength: 4 }), { minLength: 1, maxLength: 12 })
  .map((edges) =>
    planOf(
      ...edges.map((targets, index) =>
        node(
          `n${index}`,
          index === 0
            ? {}
            : Object.fromEntries(targets.map((target) => [`n${target % index}`, 'ready' as const])),
        ),
      ),
    ),
  );

describe('validation of a stack plan', () => {
  test('accepts every plan without a cycle, in any order of its nodes', () => {
    fc.assert(
      fc.property(
        acyclicPlan.chain((plan) =>
          fc
            .shuffledSubarray([...plan.nodes], { minLength: plan.nodes.length })
            .map((nodes) => planOf(...nodes)),
        ),
        (plan) => findPlanProblems(plan).length === 0,
      ),
    );
  });

  test('rejects every plan with a cycle, and prints the cycle', () => {
    fc.assert(
      fc.property(acyclicPlan, fc.nat(), fc.nat(), (plan, a, b) => {
        const low = a % plan.nodes.length;
        const high = low + (b % (plan.nodes.length - low));
        const nodes = plan.nodes.map((entry, index) => {
          if (index === low)
            return { ...entry, dependsOn: { ...entry.dependsOn, [`n${high}`]: 'ready' as const } };
          if (index === high)
            return { ...entry, dependsOn: { ...entry.dependsOn, [`n${low}`]: 'ready' as const } };
          return entry;
        });
        const cycle = findPlanProblems(planOf(...nodes)).find((problem) => problem.startsWith('cycle: '));
        const names = cycle?.slice('cycle: '.length).split(' → ') ?? [];
        expect(names.length).toBeGreaterThan(1);
        expect(names.at(-1)).toBe(names[0]);
      }),
    );
  });

  test.each([
    [
      'an edge to a node that does not exist',
      planOf(node('a', { b: 'ready' })),
      /"a" depends on "b", which is not/,
    ],
    ['two nodes of one name', planOf(node('a'), node('a')), /"a" is declared twice/],
    ['a node that depends on itself', planOf(node('a', { a: 'started' })), /cycle: a → a/],
    ['a job that no node waits for', planOf(node('m', {}, 'job')), /nothing waits for job "m"/],
    [
      'an edge that waits for a job to be ready',
      planOf(node('m', {}, 'job'), node('a', { m: 'ready' })),
      /a job can only be completed/,
    ],
    [
      'an edge that waits for a service to be completed',
      planOf(node('a'), node('b', { a: 'completed' })),
      /it is a service/,
    ],
    ['a node whose time limit is 0', planOf({ ...node('a'), startTimeoutMs: 0 }), /no time to start/],
  ])('rejects %s', (_name, plan, problem) => {
    expect(findPlanProblems(plan).join('; ')).toMatch(problem);
  });

  test('lists every problem in one ReadinessError', () => {
    const plan = planOf(node('a', { x: 'ready', y: 'ready' }));
    expect(() => validatePlan(plan)).toThrow(ReadinessError);
    expect(() => validatePlan(plan)).toThrow(/"x".*"y"/);
  });
});

test('dependantsOf returns the nodes that have an edge to each node', () => {
  const dependants = dependantsOf(
    planOf(node('a'), node('b', { a: 'ready' }), node('c', { a: 'started', b: 'ready' })),
  );
  expect(dependants.get('a')).toEqual(['b', 'c']);
  expect(dependants.get('c')).toEqual([]);
});
