/** US dollars in millionths, a whole number: sums are exact. */
export type Micros = number;

/** Six decimal places, e.g. `0.000450`. */
export function formatDollars(micros: Micros): string {
  const whole = Math.floor(micros / 1_000_000);
  return `${whole}.${String(micros % 1_000_000).padStart(6, '0')}`;
}

/** The amount in millionths, rounded half up. */
export function toMicros(dollars: number): Micros {
  return Math.round(dollars * 1_000_000);
}

/** Reads what `formatDollars` writes and what PostgreSQL answers for `numeric(16, 6)`. @throws TypeError for anything else */
export function parseDollars(text: string): Micros {
  const match = /^(\d+)\.(\d{6})$/.exec(text);
  if (match === null) throw new TypeError(`${text} is not an amount with six decimal places`);
  return Number(match[1]) * 1_000_000 + Number(match[2]);
}
