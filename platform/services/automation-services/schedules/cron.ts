import { Cron } from 'croner';

/** A cron expression or a time zone is invalid. */
export class CronError extends Error {
  override readonly name = 'CronError';
}

export const neverMatches = 'this expression never matches a time';

/** A day or weekday field that begins with a star, or its other spelling `?`, restricts nothing by itself. */
const isStar = (field: string | undefined) => /^[*?]/.test(field ?? '');

const nicknames = /^@(yearly|annually|monthly|weekly|daily|midnight|hourly)$/i;

/**
 * The next times of a cron expression after `after`, at most `count`. An expression has five fields (minute to
 * weekday) or is a nickname such as `@daily`. If day and weekday are both restricted, one of them must match; if one of
 * them begins with a star, even with a step, both must match: crontab(5). When daylight saving time changes, a skipped
 * time runs right after the gap, and a repeated time runs once.
 * @returns [] for an expression that never matches
 * @throws CronError when the expression or the time zone is invalid
 */
export function nextTimes(
  schedule: { cron: string; timeZone: string },
  { after, count }: { after: Date; count: number },
): Date[] {
  const text = schedule.cron.trim();
  const fields = text.split(/\s+/);
  // The parser also accepts ISO dates and seconds, which are not supported here.
  if (!nicknames.test(text) && fields.length !== 5)
    throw new CronError('must have five fields: minute, hour, day of month, month, day of week');
  try {
    return new Cron(text, {
      timezone: schedule.timeZone,
      paused: true,
      mode: '5-part',
      // The parser takes only a star without a step for no restriction.
      domAndDow: isStar(fields[2]) || isStar(fields[4]),
    }).nextRuns(count, after);
  } catch (error) {
    throw new CronError(describe(error, schedule.timeZone), { cause: error });
  }
}

function describe(error: unknown, timeZone: string): string {
  const message = error instanceof Error ? error.message : String(error);
  if (/timezone/i.test(message)) return `${timeZone} is not a time zone`;
  return message.replace(/^Cron\w+: /, '');
}

/** The first time after `after`; undefined when there is none. @throws CronError */
export function nextTime(schedule: { cron: string; timeZone: string }, after: Date): Date | undefined {
  return nextTimes(schedule, { after, count: 1 })[0];
}
