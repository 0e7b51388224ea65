/** Millionths of a US dollar, an integer, so that sums are exact. */
export type Micros = number;

/** Formats an amount with six decimal places, e.g. `0.000450`. */
export function formatDollars(micros: Micros): string {
  const whole = Math.floor(micros / 1_000_000);
  return `${whole}.${String(micros % 1_000_000).padStart(6, '0')}`;
}

/** Converts an amount to millionths, rounded half up. */
export function toMicros(dollars: number): Micros {
  return Math.round(dollars * 1_000_000);
}

/** Parses the format of `formatDollars` and of PostgreSQL's `numeric(16, 6)`. @throws TypeError for other texts */
export function parseDollars(text: string): Micros {
  const match = /^(\d+)\.(\d{6})$/.exec(text);
  if (match === null) throw new TypeError(`${text} is not an amount with six decimal places`);
  return Number(match[1]) * 1_000_000 + Number(match[2]);
}
