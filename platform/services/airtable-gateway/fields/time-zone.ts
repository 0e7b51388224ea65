const formatters = new Map<string, Intl.DateTimeFormat>();

function formatterOf(zone: string): Intl.DateTimeFormat {
  let formatter = formatters.get(zone);
  if (formatter === undefined) {
    formatter = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    // Names of time zones come from users: the number of spellings is limited.
    if (formatters.size < 1_000) formatters.set(zone, formatter);
  }
  return formatter;
}

/** The time that clocks in a zone show at an instant, as if they showed UTC; milliseconds since the epoch. */
function clockTime(instant: number, zone: string): number {
  const parts = Object.fromEntries(
    formatterOf(zone)
      .formatToParts(instant)
      .map(({ type, value }) => [type, value]),
  );
  const year = parts.era === 'BC' ? 1 - Number(parts.year) : Number(parts.year);
  const time = new Date(0);
  time.setUTCFullYear(year, Number(parts.month) - 1, Number(parts.day));
  time.setUTCHours(Number(parts.hour), Number(parts.minute), Number(parts.second));
  return time.getTime();
}

/**
 * The instant at which clocks in a zone show a time; both in milliseconds since the epoch. A time that clocks show twice
 * is the first one, and one that they skip is moved forward.
 */
export function instantIn(zone: string, clock: number): number {
  const seconds = Math.floor(clock / 1000) * 1000;
  const day = 86_400_000;
  const offsets = [seconds - day, seconds + day].map((instant) => clockTime(instant, zone) - instant);
  const candidates = offsets.map((offset) => seconds - offset);
  const exact = candidates.filter((instant) => clockTime(instant, zone) === seconds);
  const instant = exact.length > 0 ? Math.min(...exact) : Math.max(...candidates);
  return instant + (clock - seconds);
}
