import { expect, it } from 'vitest';
import { ProcessorShares } from './processor-shares.ts';

const times = (harness: number, gateway = 0) => [
  { name: 'harness', processorMs: harness },
  { name: 'gateway', processorMs: gateway },
];

it('gives a check that ran alone all that was used meanwhile', () => {
  const shares = new ProcessorShares();
  shares.starts('a.one', times(1_000, 500));
  shares.ends('a.one', times(1_200, 900));
  shares.starts('a.two', times(9_000, 900));
  expect(shares.of('a.one')).toEqual([
    { name: 'gateway', processorMs: 400 },
    { name: 'harness', processorMs: 200 },
  ]);
});

it('divides what was used equally among the checks that ran at the same moment', () => {
  const shares = new ProcessorShares();
  shares.starts('a.one', times(0));
  shares.starts('a.two', times(100));
  shares.ends('a.one', times(300));
  shares.ends('a.two', times(400));
  expect(shares.of('a.one')).toEqual([{ name: 'harness', processorMs: 200 }]);
  expect(shares.of('a.two')).toEqual([{ name: 'harness', processorMs: 200 }]);
});

it('knows nothing of a check that has not run', () => {
  expect(new ProcessorShares().of('a.one')).toEqual([]);
});
