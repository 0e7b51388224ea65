import { Cron } from 'croner';

/** A cron expression or a time zone cannot be used. */
export class CronError extends Error {
  override readonly name = 'CronError';
}

const nicknames = /^@(yearly|annually|monthly|weekly|daily|midnight|hourly)$/i;

/**
 * The next times of a cron expression after `after`, at most `count`. Five fields (minute to weekday) or a nickname
 * such as `@daily`; day and weekday, when both are restricted, are joined by "or" as cron does. Across changes to
 * summer time a skipped time runs right after the gap and a doubled one once.
 * @throws CronError when the expression or the time zone is invalid; an expression no time ever fits gives [].
 */
export function nextTimes(
  schedule: { cron: string; timeZone: string },
  { after, count }: { after: Date; count: number },
): Date[] {
  const text = schedule.cron.trim();
  // The parser also reads ISO dates and seconds, which are no schedules here.
  if (!nicknames.test(text) && text.split(/\s+/).length !== 5)
    throw new CronError('must have five fields: minute, hour, day of month, month, day of week');
  try {
    return new Cron(text, { timezone: schedule.timeZone, paused: true, mode: '5-part' }).nextRuns(
      count,
      after,
    );
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
