/**
 * The times of cron expressions, computed from nothing but the time zones of Intl: a second opinion on the platform's.
 * Fields: numbers, lists, ranges and steps. Days: if day and weekday are both restricted, one of them must match; if one
 * begins with a star, both must.
 */
export function cronTimes(
  { cron, timeZone }: { cron: string; timeZone: string },
  { after, count }: { after: Date; count: number },
): string[] {
  const [minutes = '', hours = '', days = '', months = '', weekdays = ''] = cron.split(' ');
  const clock = wallClock(timeZone);
  const found: number[] = [];
  const start = clock(after.getTime());
  // Days of the wall clock, each as if it were UTC.
  for (let day = Date.UTC(start.year, start.month - 1, start.day); found.length < count; day += dayMs) {
    const date = new Date(day);
    if (date.getUTCFullYear() > start.year + 24) break;
    if (!matches(months, date.getUTCMonth() + 1, 1, 12)) continue;
    const inDays = matches(days, date.getUTCDate(), 1, 31);
    const inWeekdays =
      matches(weekdays, date.getUTCDay(), 0, 7) || (date.getUTCDay() === 0 && matches(weekdays, 7, 0, 7));
    const both = days.startsWith('*') || weekdays.startsWith('*');
    if (!(both ? inDays && inWeekdays : inDays || inWeekdays)) continue;
    const ofDay = new Set<number>();
    for (let hour = 0; hour < 24; hour += 1) {
      if (!matches(hours, hour, 0, 23)) continue;
      for (let minute = 0; minute < 60; minute += 1)
        if (matches(minutes, minute, 0, 59)) ofDay.add(instantOf(day + (hour * 60 + minute) * 60_000, clock));
    }
    found.push(...[...ofDay].filter((instant) => instant > after.getTime()).sort((a, b) => a - b));
  }
  return found.slice(0, count).map((instant) => new Date(instant).toISOString());
}

const dayMs = 86_400_000;

interface WallTime {
  year: number;
  month: number;
  day: number;
  /** The wall time as if it were UTC, milliseconds. */
  asUtc: number;
}

type WallClock = (instant: number) => WallTime;

function wallClock(timeZone: string): WallClock {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  });
  return (instant) => {
    const parts = new Map(format.formatToParts(instant).map(({ type, value }) => [type, Number(value)]));
    const part = (name: Intl.DateTimeFormatPartTypes) => parts.get(name) ?? 0;
    const [year, month, day] = [part('year'), part('month'), part('day')];
    return { year, month, day, asUtc: Date.UTC(year, month - 1, day, part('hour'), part('minute')) };
  };
}

/** The first instant at which the clock shows the wall time; in a gap, the first one after it. */
function instantOf(wall: number, clock: WallClock): number {
  const offsets = [wall - dayMs, wall + dayMs].map((instant) => clock(instant).asUtc - instant);
  const exact = offsets.map((offset) => wall - offset).filter((instant) => clock(instant).asUtc === wall);
  if (exact.length > 0) return Math.min(...exact);
  // In the gap: the first minute whose wall time is later.
  let low = wall - Math.max(...offsets);
  while (clock(low).asUtc < wall) low += 60_000;
  while (clock(low - 60_000).asUtc > wall) low -= 60_000;
  return low;
}

/** Whether a value is in a field such as a star, `5`, `1-5`, a list of these or any of them with a step. */
function matches(field: string, value: number, low: number, high: number): boolean {
  return field.split(',').some((part) => {
    const [range = '', step] = part.split('/');
    const [from, to] = range === '*' ? [low, high] : range.split('-').map(Number);
    const first = from ?? low;
    const last = to ?? (step === undefined ? first : high);
    return value >= first && value <= last && (value - first) % Number(step ?? 1) === 0;
  });
}
