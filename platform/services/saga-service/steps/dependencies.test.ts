import { expect, it } from 'vitest';
import { dependenciesOf, endedBefore } from './dependencies.ts';

const step = (step_id: string, ...depends_on: string[]) => ({ step_id, depends_on });
const diamond = [step('a'), step('b', 'a'), step('c', 'a'), step('d', 'b', 'c')];

it('lets steps run in sequence by default', () => {
  expect(dependenciesOf([{ step_id: 'a' }, { step_id: 'b' }, { step_id: 'c' }])).toEqual([[], [0], [1]]);
});

it('lets steps run at the same time after the one that they depend on', () => {
  expect(dependenciesOf(diamond)).toEqual([[], [0], [0], [1, 2]]);
});

it('knows which steps have certainly ended when a step starts', () => {
  expect(endedBefore(diamond).map((ended) => [...ended].sort())).toEqual([[], ['a'], ['a'], ['a', 'b', 'c']]);
});
