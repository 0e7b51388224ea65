import { expect, it } from 'vitest';
import { cronTimes } from './cron-times.ts';

const next = (cron: string, timeZone: string, after: string, count = 3) =>
  cronTimes({ cron, timeZone }, { after: new Date(after), count });

it.each([
  ['every quarter of an hour', '*/15 * * * *', 'UTC', '2026-01-01T00:07:00Z', ['00:15', '00:30', '00:45']],
  ['a range and a list', '0 8-9,12 * * *', 'UTC', '2026-01-01T00:00:00Z', ['08:00', '09:00', '12:00']],
])('finds times of %s', (_name, cron, zone, after, times) => {
  expect(next(cron, zone, after)).toEqual(times.map((time) => `2026-01-01T${time}:00.000Z`));
});

it('keeps the wall time when summer time begins and ends', () => {
  expect(next('0 9 28-30 3 *', 'Europe/Berlin', '2026-03-27T00:00:00Z')).toEqual([
    '2026-03-28T08:00:00.000Z',
    '2026-03-29T07:00:00.000Z',
    '2026-03-30T07:00:00.000Z',
  ]);
  expect(next('0 9 24-26 10 *', 'Europe/Berlin', '2026-10-23T23:00:00Z')).toEqual([
    '2026-10-24T07:00:00.000Z',
    '2026-10-25T08:00:00.000Z',
    '2026-10-26T08:00:00.000Z',
  ]);
});

it('moves a skipped time behind the gap', () => {
  expect(next('30 2 29 3 *', 'Europe/Berlin', '2026-03-01T00:00:00Z', 1)).toEqual([
    '2026-03-29T01:00:00.000Z',
  ]);
});

it('takes the first of two equal wall times', () => {
  expect(next('30 2 25 10 *', 'Europe/Berlin', '2026-10-01T00:00:00Z', 1)).toEqual([
    '2026-10-25T00:30:00.000Z',
  ]);
});

it('joins day and weekday as crontab does', () => {
  expect(next('0 0 13 * 5', 'UTC', '2026-02-01T00:00:00Z')).toEqual([
    '2026-02-06T00:00:00.000Z',
    '2026-02-13T00:00:00.000Z',
    '2026-02-20T00:00:00.000Z',
  ]);
  expect(next('0 0 */2 2 1', 'UTC', '2026-02-01T00:00:00Z', 2)).toEqual([
    '2026-02-09T00:00:00.000Z',
    '2026-02-23T00:00:00.000Z',
  ]);
});

it('finds leap days', () => {
  expect(next('0 0 29 2 *', 'UTC', '2026-01-01T00:00:00Z', 1)).toEqual(['2028-02-29T00:00:00.000Z']);
});
