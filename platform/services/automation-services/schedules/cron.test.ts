import { describe, expect, it } from 'vitest';
import { CronError, nextTime, nextTimes } from './cron.ts';

const times = (cron: string, after: string, timeZone = 'UTC', count = 2) =>
  nextTimes({ cron, timeZone }, { after: new Date(after), count }).map((time) => time.toISOString());

describe('the next times of a schedule', () => {
  it.each([
    ['*/5 * * * *', '2026-01-01T00:00:00Z', ['2026-01-01T00:05:00.000Z', '2026-01-01T00:10:00.000Z']],
    ['0 6 * * 1-5', '2026-01-02T06:00:00Z', ['2026-01-05T06:00:00.000Z', '2026-01-06T06:00:00.000Z']],
    ['@daily', '2026-02-28T12:00:00Z', ['2026-03-01T00:00:00.000Z', '2026-03-02T00:00:00.000Z']],
    ['0 0 29 2 *', '2026-01-01T00:00:00Z', ['2028-02-29T00:00:00.000Z', '2032-02-29T00:00:00.000Z']],
    ['0 0 13 * 5', '2026-01-01T00:00:00Z', ['2026-01-02T00:00:00.000Z', '2026-01-09T00:00:00.000Z']],
    // A field that begins with a star is no restriction: day and weekday must both match, as in crontab(5).
    ['0 0 1-7 * */7', '2026-01-01T00:00:00Z', ['2026-01-04T00:00:00.000Z', '2026-02-01T00:00:00.000Z']],
    ['0 0 */7 * 1', '2026-01-01T00:00:00Z', ['2026-06-01T00:00:00.000Z', '2026-06-08T00:00:00.000Z']],
    ['0 0 */2 * MON,WED', '2026-01-01T00:00:00Z', ['2026-01-05T00:00:00.000Z', '2026-01-07T00:00:00.000Z']],
    ['0 0 1 * */2', '2026-01-01T00:00:00Z', ['2026-02-01T00:00:00.000Z', '2026-03-01T00:00:00.000Z']],
    ['0 0 */10 * */2', '2026-01-01T00:00:00Z', ['2026-01-11T00:00:00.000Z', '2026-01-31T00:00:00.000Z']],
    ['0 0 *,15 * 5', '2026-01-01T00:00:00Z', ['2026-01-02T00:00:00.000Z', '2026-01-09T00:00:00.000Z']],
    ['0 0 ? * 1', '2026-01-01T00:00:00Z', ['2026-01-05T00:00:00.000Z', '2026-01-12T00:00:00.000Z']],
    ['0 0 1 * ?', '2026-01-01T00:00:00Z', ['2026-02-01T00:00:00.000Z', '2026-03-01T00:00:00.000Z']],
    ['0 0 1,15 * FRI', '2026-01-03T00:00:00Z', ['2026-01-09T00:00:00.000Z', '2026-01-15T00:00:00.000Z']],
    ['0 0 1-31/7 * 5', '2026-01-01T00:00:00Z', ['2026-01-02T00:00:00.000Z', '2026-01-08T00:00:00.000Z']],
    ['*/40 * * * *', '2026-01-01T00:00:00Z', ['2026-01-01T00:40:00.000Z', '2026-01-01T01:00:00.000Z']],
    ['0 0 * FEB Sun', '2026-01-01T00:00:00Z', ['2026-02-01T00:00:00.000Z', '2026-02-08T00:00:00.000Z']],
    ['0 0 * * 6-7', '2026-01-01T00:00:00Z', ['2026-01-03T00:00:00.000Z', '2026-01-04T00:00:00.000Z']],
  ])('%s after %s', (cron, after, expected) => {
    expect(times(cron, after)).toEqual(expected);
  });

  it('follow the time zone when daylight saving time changes, once per day', () => {
    const daily = times('30 2 * * *', '2026-03-28T00:00:00Z', 'Europe/Berlin', 3);
    expect(daily).toEqual([
      '2026-03-28T01:30:00.000Z',
      '2026-03-29T01:00:00.000Z',
      '2026-03-30T00:30:00.000Z',
    ]);
    const autumn = times('30 2 * * *', '2026-10-24T23:00:00Z', 'Europe/Berlin', 2);
    expect(autumn).toHaveLength(2);
    expect(Date.parse(autumn[1] as string) - Date.parse(autumn[0] as string)).toBeGreaterThanOrEqual(
      86_400_000,
    );
  });

  it('do not exist for an impossible date', () => {
    expect(nextTime({ cron: '0 0 30 2 *', timeZone: 'UTC' }, new Date('2026-01-01'))).toBeUndefined();
  });
});

it.each([
  ['61 * * * *'],
  ['* * * *'],
  ['* * * * * *'],
  ['2026-12-01T00:00:00'],
  ['@reboot'],
  ['every day'],
  ['*/0 * * * *'],
  ['*/70 * * * *'],
  ['5/15 * * * *'],
  ['10-5 * * * *'],
  ['* * * * 8'],
  ['* * 0 * *'],
  ['H * * * *'],
  [''],
])('rejects the expression %j', (cron) => {
  expect(() => times(cron, '2026-01-01')).toThrow(CronError);
});

it('rejects an unknown time zone by its name', () => {
  expect(() => times('* * * * *', '2026-01-01', 'Mars/Olympus')).toThrow('Mars/Olympus is not a time zone');
});
