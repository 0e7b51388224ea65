import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { movedClockOptions } from './moved-clock.ts';

const dayMs = 86_400_000;

it('moves every form of the current time, and no given one', () => {
  const program = `console.log(JSON.stringify([
    Date.now(), new Date().getTime(), Date.parse(Date()), new Date(5).getTime(), Date.UTC(1970, 0, 2),
    new Date() instanceof Date,
  ]))`;
  const text = execFileSync(process.execPath, [...movedClockOptions(-dayMs), '--eval', program], {
    encoding: 'utf8',
  });
  const [now = 0, made = 0, asText = 0, ...given] = JSON.parse(text) as number[];
  const yesterday = Date.now() - dayMs;
  for (const time of [now, made, asText]) expect(Math.abs(time - yesterday)).toBeLessThan(10_000);
  expect(given).toEqual([5, dayMs, true]);
});
